"""Of a JPEG, blocks in which nothing is hidden keep every coefficient; those in which something is keep none."""

import dataclasses
import io
from ctypes import POINTER, byref, c_ubyte, c_ulong, sizeof, string_at

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.unit.vision.pipelines.told import MARK, METHODS, NOTHING, Told
from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, drawn_on, regions_of
from veil_vision.hide.render import draw, encode
from veil_vision.image import jpeg_coding, libjpeg, libjpeg_process
from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.jpeg_blocks import touched_units
from veil_vision.image.jpeg_coding import NotKeptError, read_coding
from veil_vision.image.jpeg_segments import Marker, segments
from veil_vision.image.libjpeg_layout import VERSION, Block, Compressor, ErrorManager
from veil_vision.image.orientation import as_stored, upright
from veil_vision.pipelines.image import anonymize_image
from veil_vision.verify.jpeg_blocks import require_untouched
from veil_vision.verify.replacement import require_clean

CODINGS = {
    "4:2:0": {"subsampling": 2},
    "4:2:2": {"subsampling": 1},
    "4:4:4": {"subsampling": 0},
    "progressive": {"subsampling": 2, "progressive": True},
    "restart markers": {"subsampling": 2, "restart_marker_blocks": 3},
    "coarse": {"subsampling": 2, "quality": 20},
    "optimized": {"subsampling": 1, "optimize": True},
}
codings = pytest.mark.parametrize("coding", list(CODINGS.values()), ids=list(CODINGS))
PLAIN = {"quality": 88, "subsampling": 2}


def photo(height, width, channels=3, seed=1):
    """Soft shapes with grain: blocks have coefficients of all kinds."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (max(height // 9, 1), max(width // 9, 1), channels), dtype=np.uint8)
    soft = np.array(Image.fromarray(coarse.squeeze(2) if channels == 1 else coarse).resize((width, height)))
    grain = chance.normal(0, 4, soft.shape)
    return (soft + grain).clip(0, 255).astype(np.uint8)


def hidden(file, box, scenes, **recipe):
    shown = decode_image(file).pixels.shape
    detector = Told(scenes.finder(), [box] if box else [], width=shown[1], height=shown[0])
    return anonymize_image(file, scenes.recipe(**recipe), [detector])


def stored_touched(result, file):
    mask = drawn_on(result.regions, width=result.width, height=result.height).view(np.uint8)
    return as_stored(mask, decode_image(file).metadata.orientation).view(bool)


def coefficients(jpeg, touched):
    """Of each plane (rows, columns, 64) as libjpeg reads them, and 0 in the units that are touched."""
    coding = read_coding(jpeg)
    source = libjpeg_process._Source(libjpeg_process._declared(libjpeg._library()), jpeg)
    for index, plane in enumerate(coding.planes):
        rows = [string_at(source._row(index, row), plane.columns * sizeof(Block)) for row in range(plane.rows)]
        blocks = np.frombuffer(b"".join(rows), np.int16).reshape(plane.rows, plane.columns, -1)
        units = touched_units(coding, touched).repeat(plane.down, 0).repeat(plane.across, 1)
        yield np.where(units[: plane.rows, : plane.columns, None], 0, blocks)


def is_same_beside(one, other, touched):
    both = zip(coefficients(one, touched), coefficients(other, touched), strict=True)
    return read_coding(one).planes == read_coding(other).planes and all(np.array_equal(*each) for each in both)


def assert_kept(result, file):
    """Nothing but touched blocks has changed, as libjpeg reads both files, and Pillow's pixels say so, too."""
    coding, touched = read_coding(decode_image(file).coded), stored_touched(result, file)
    assert result.remarks == ()
    assert is_same_beside(coding.data, result.picture, touched)
    before, after = (np.array(Image.open(io.BytesIO(each))).astype(int) for each in (file, result.picture))
    width, height = coding.unit
    units = np.repeat(np.repeat(touched_units(coding, touched), height, 0), width, 1)
    # Decoders draw half-resolution colours out by a pixel.
    near = np.array([np.roll(units, shift, axis) for axis in (0, 1) for shift in (-1, 0, 1)]).any(axis=0)
    near = np.array([np.roll(near, shift, axis) for axis in (0, 1) for shift in (-1, 0, 1)]).any(axis=0)
    assert (before == after)[~near[: before.shape[0], : before.shape[1]]].all()


@codings
@pytest.mark.parametrize("size", [(200, 300), (203, 301)], ids=["whole blocks", "odd size"])
def test_blocks_in_which_nothing_is_hidden_do_not_change(scenes, build, coding, size):
    file = build.jpeg(photo(*size), **{"quality": 88} | coding)

    result = hidden(file, MARK, scenes)

    assert_kept(result, file)


def test_a_grey_jpeg_keeps_its_blocks(scenes, build):
    file = build.jpeg(photo(203, 301, channels=1), quality=88)

    assert_kept(hidden(file, MARK, scenes), file)


def test_halved_in_height_only_a_jpeg_keeps_its_blocks(scenes):
    file = simplejpeg.encode_jpeg(photo(203, 301), quality=88, colorsubsampling="440")

    assert_kept(hidden(file, MARK, scenes), file)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_keeps_its_blocks_and_its_orientation(scenes, build, orientation):
    file = build.jpeg(photo(203, 301), orientation=orientation, **PLAIN)

    result = hidden(file, (60, 70, 100, 120), scenes)

    assert_kept(result, file)
    assert decode_image(result.picture).metadata.orientation == orientation


@pytest.mark.parametrize("progressive", [False, True])
def test_without_anything_to_hide_all_coefficients_stay(scenes, build, progressive):
    file = build.jpeg(photo(203, 301), progressive=progressive, **PLAIN)

    result = hidden(file, None, scenes)

    np.testing.assert_array_equal(decode_image(result.picture).pixels, decode_image(file).pixels)
    with Image.open(io.BytesIO(file)) as before, Image.open(io.BytesIO(result.picture)) as after:
        assert before.quantization == after.quantization
        assert before.layer == after.layer
        assert before.info.get("progressive") == after.info.get("progressive")
    assert len(result.picture) <= len(file) * 1.01


def test_an_arithmetic_jpeg_becomes_one_that_every_viewer_reads_with_the_same_coefficients(scenes, build):
    file = _arithmetic(build.jpeg(photo(203, 301), **PLAIN))
    assert b"\xff\xc9" in file

    result = hidden(file, MARK, scenes)

    assert_kept(result, file)
    assert b"\xff\xc0" in result.picture


def _arithmetic(jpeg):
    """Written by libjpeg itself: Pillow reads this coding and does not write it."""
    library = libjpeg_process._declared(libjpeg._library())
    source = libjpeg_process._Source(library, jpeg)
    compressor, errors, buffer, size = Compressor(), ErrorManager(), POINTER(c_ubyte)(), c_ulong()
    compressor.errors = library.jpeg_std_error(byref(errors))
    library.jpeg_CreateCompress(byref(compressor), VERSION, sizeof(compressor))
    library.jpeg_mem_dest(byref(compressor), byref(buffer), byref(size))
    library.jpeg_copy_critical_parameters(byref(source.decompressor), byref(compressor))
    compressor.is_arithmetic = 1
    library.jpeg_write_coefficients(byref(compressor), source.arrays)
    library.jpeg_finish_compress(byref(compressor))
    return string_at(buffer, size.value)


def test_debug_lines_touch_no_other_block(scenes, build):
    file = build.jpeg(photo(203, 301), **PLAIN)

    result = hidden(file, MARK, scenes, debug=True, scores=True)

    kept = (decode_image(result.picture).pixels == decode_image(file).pixels).all(axis=2)
    assert kept[150:].all()
    assert not kept[60:110, 100:140].all()


@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    corners=st.lists(st.tuples(*[st.floats(-10, 80, width=32)] * 4), min_size=1, max_size=3),
    sampling=st.sampled_from([0, 1, 2]),
    orientation=st.integers(1, 8),
    feather=st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=12)
def test_any_regions_of_a_picture_of_any_size_pass_the_gate(
    scenes, build, *, size, corners, sampling, orientation, feather
):
    """The gate proves that what is not touched stays, and that what is shows what was drawn."""
    file = build.jpeg(photo(*size), quality=80, subsampling=sampling, orientation=orientation)
    picture, recipe = decode_image(file), scenes.recipe(style=RegionStyle(feather=feather))
    height, width = picture.pixels.shape[:2]
    seen = Detections.of([[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners])
    regions = regions_of(seen, recipe.styles, width=width, height=height)
    drawn = draw(picture, regions, recipe)

    require_clean(encode(drawn, regions, recipe), drawn, regions, quality=90, keep=NOTHING)


@METHODS
@pytest.mark.parametrize("sampling", [0, 2])
def test_other_pixels_in_the_blocks_of_a_face_change_no_byte_of_the_file(scenes, build, method, sampling):
    """The region covers whole blocks: two sources that differ in these alone become the same file."""
    box, style = (96, 64, 160, 128), RegionStyle(shape="box", margin=0)
    file = build.jpeg(photo(203, 301), quality=88, subsampling=sampling)
    inside = np.zeros((203, 301), bool)
    inside[80:112, 112:144] = True
    other = build.jpeg(photo(203, 301, seed=7), quality=88, subsampling=sampling)
    swapped = encode_image(
        dataclasses.replace(decode_image(file), pixels=decode_image(other).pixels), keep=NOTHING, touched=inside
    )

    first, second = (hidden(each, box, scenes, method=method, style=style) for each in (file, swapped))

    assert is_same_beside(file, swapped, inside)
    assert not is_same_beside(file, swapped, ~inside)
    assert first.picture == second.picture


def test_a_result_that_changed_elsewhere_is_refused(scenes, build):
    file = build.jpeg(photo(203, 301), **PLAIN)
    picture, recipe = decode_image(file), scenes.recipe()
    regions = regions_of(Detections.of([MARK]), {ObjectClass.FACE: RegionStyle()}, width=301, height=203)
    drawn = draw(picture, regions, recipe)
    touched = drawn_on(regions, width=301, height=203)
    touched[180:, 280:] = True
    pixels = drawn.pixels.copy()
    pixels[180:, 280:] ^= 16
    elsewhere = encode_image(dataclasses.replace(drawn, pixels=pixels), keep=NOTHING, touched=touched)

    with pytest.raises(VerificationError, match="changed where nothing was hidden"):
        require_clean(elsewhere, drawn, regions, quality=90, keep=NOTHING)


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    corners=st.tuples(*[st.integers(0, 39)] * 4),
    place=st.tuples(st.integers(0, 39), st.integers(0, 39)),
    sampling=st.sampled_from([0, 1, 2]),
    orientation=st.integers(1, 8),
)
@settings(max_examples=60)
def test_one_pixel_may_change_only_in_a_touched_unit_or_right_beside_one(
    build, *, size, corners, place, sampling, orientation
):
    a, b, c, d = corners
    picture = decode_image(build.jpeg(photo(*size), quality=80, subsampling=sampling, orientation=orientation))
    height, width = picture.pixels.shape[:2]
    seen = Detections.of([[min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1]])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=width, height=height)
    stored = as_stored(drawn_on(regions, width=width, height=height).view(np.uint8), orientation).view(bool)
    across, down = read_coding(picture.coded).unit
    y, x = place[0] % size[0], place[1] % size[1]
    beside = np.s_[max(y - 1, 0) // down * down : ((y + 1) // down + 1) * down]
    beside = beside, np.s_[max(x - 1, 0) // across * across : ((x + 1) // across + 1) * across]
    pixels = as_stored(picture.pixels, orientation).copy()
    pixels[y, x, 0] ^= 1
    shown = dataclasses.replace(picture, pixels=upright(pixels, orientation))

    def compare():
        require_untouched(picture.coded, shown, picture, picture.coded, regions)

    if stored[beside].any():
        compare()
    else:
        with pytest.raises(VerificationError, match="changed where nothing was hidden"):
            compare()


def test_one_coefficient_that_changed_elsewhere_is_refused(build):
    file = build.jpeg(photo(64, 64, channels=1), quality=88)
    picture, nothing = decode_image(file), np.zeros((64, 64), bool)
    source = libjpeg_process._Source(libjpeg_process._declared(libjpeg._library()), picture.coded)
    row = (Block * 8).from_address(source._row(0, 7))
    row[7][1] += 1
    changed = libjpeg_process._rewritten(source, libjpeg_process._declared(libjpeg._library()))
    after, before = (next(coefficients(each, nothing)) for each in (changed, file))

    assert np.abs(after - before).sum() == 1
    with pytest.raises(VerificationError, match="changed where nothing was hidden"):
        require_clean(changed, picture, (), quality=90, keep=NOTHING)


def test_a_face_that_was_left_in_its_blocks_is_refused(scenes, build):
    file = build.jpeg(scenes.marked(MARK), **PLAIN)
    picture, recipe = decode_image(file), scenes.recipe()
    regions = regions_of(Detections.of([MARK]), {ObjectClass.FACE: RegionStyle()}, width=300, height=200)
    nothing = encode_image(picture, keep=NOTHING, touched=np.zeros((200, 300), bool))

    with pytest.raises(VerificationError, match="does not show what was drawn"):
        require_clean(nothing, draw(picture, regions, recipe), regions, quality=90, keep=NOTHING)


def test_a_quality_that_is_asked_for_codes_the_picture_whole(scenes, build):
    file = build.jpeg(photo(203, 301), quality=95)

    asked, own = hidden(file, MARK, scenes, quality=30), hidden(file, MARK, scenes)

    assert asked.remarks == own.remarks == ()
    assert len(asked.picture) < len(own.picture) / 2


def test_inks_are_coded_whole_and_that_is_said(scenes, build):
    result = hidden(build.cmyk_jpeg(photo(203, 301, channels=4)), MARK, scenes)

    assert "the JPEG is coded whole: its colours are converted" in result.remarks
    assert result.report["remarks"] == list(result.remarks)


def test_colours_at_a_quarter_of_the_resolution_are_coded_whole_and_that_is_said(scenes):
    file = simplejpeg.encode_jpeg(photo(203, 301), colorsubsampling="411")

    result = hidden(file, MARK, scenes)

    assert result.remarks == ("the JPEG is coded whole: its colours are stored at less than half the resolution",)


def test_where_the_library_is_missing_pictures_are_coded_whole_and_that_is_said(scenes, build, monkeypatch):
    monkeypatch.setattr(libjpeg, "_library", lambda: "libjpeg.so.of-nobody")
    libjpeg.end_processes()

    result = hidden(build.jpeg(photo(203, 301)), MARK, scenes)

    assert result.remarks[0].startswith("the JPEG is coded whole: OSError: libjpeg.so.of-nobody")
    assert result.picture


def test_a_large_picture_with_colours_at_full_resolution_is_coded_whole_to_bound_its_memory(build, monkeypatch):
    fine, halved = (decode_image(build.jpeg(photo(64, 64), subsampling=each)).coded for each in (0, 2))
    monkeypatch.setattr(jpeg_coding, "_MOST_BYTES", 20_000)

    assert read_coding(halved)
    with pytest.raises(NotKeptError, match="too large"):
        read_coding(fine)


@pytest.mark.parametrize("other", [{"quality": 87}, {"subsampling": 0}], ids=["tables", "sampling"])
def test_a_result_with_other_tables_or_sampling_is_refused(build, other):
    picture = decode_image(build.jpeg(photo(64, 64), **PLAIN))

    with pytest.raises(VerificationError, match="coded otherwise"):
        require_clean(build.jpeg(photo(64, 64), **PLAIN | other), picture, (), quality=90, keep=NOTHING)


def test_a_progressive_jpeg_of_which_scans_are_missing_is_coded_whole_and_that_is_said(scenes, build):
    """Decoders smooth it, and would no longer once all its coefficients were written."""
    file = build.jpeg(photo(203, 301), progressive=True, **PLAIN)
    scans = [each for each in segments(memoryview(file)) if each.marker == Marker.SOS]

    result = hidden(file[: scans[4].start] + b"\xff\xd9", MARK, scenes)

    assert result.remarks[0].startswith("the JPEG is coded whole: scans of it are missing")


@pytest.mark.parametrize("optimize", [False, True])
def test_standard_tables_of_codes_stay_and_others_are_made_to_fit(scenes, build, optimize):
    file = build.jpeg(photo(203, 301), optimize=optimize, **PLAIN)

    before, after = (
        [bytes(each.payload) for each in segments(memoryview(data)) if each.marker == Marker.DHT]
        for data in (file, hidden(file, MARK, scenes).picture)
    )

    assert (b"".join(before) == b"".join(after)) is not optimize
