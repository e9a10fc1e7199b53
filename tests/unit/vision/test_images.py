"""Every JPEG and PNG becomes upright pixels, and pixels become a file with nothing else in it."""

import io
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from veil_vision.containers import DEFAULT_LIMITS, ImageFormat, ImageLimits, read_header, scan
from veil_vision.errors import DefectiveImageError, ImageTooLargeError, VisionError
from veil_vision.images import Picture, decode_image, encode_image
from veil_vision.metadata import MetadataPolicy

NOTHING = MetadataPolicy()
EVERYTHING = MetadataPolicy(capture_time=True, gps=True)
AS_STORED = {  # how upright pixels are stored for a viewer that applies the orientation
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}
samples = st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda dtype: st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]), st.booleans()).flatmap(
        lambda shape: st.tuples(
            arrays.arrays(dtype, shape[:3]), arrays.arrays(dtype, shape[:2]) if shape[3] else st.none()
        )
    )
)


@given(samples)
def test_a_png_returns_exactly_what_was_written(drawn):
    pixels, alpha = drawn
    if alpha is not None:
        pixels[alpha == 0] = 0

    back = decode_image(encode_image(Picture(pixels, alpha, ImageFormat.PNG), keep=NOTHING))

    assert back.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(back.pixels, pixels)
    assert (back.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(back.alpha, alpha)


PALETTE = {b"PLTE": b"\1\2\3\4\5\6"}


@pytest.mark.parametrize(
    ("stored", "pixels", "alpha"),
    [
        pytest.param((1, 0, b"\x40"), [[0], [255]], None, id="1 bit grey"),
        pytest.param((2, 0, b"\x40"), [[85], [0]], None, id="2 bit grey"),
        pytest.param((4, 0, b"\x1f"), [[17], [255]], None, id="4 bit grey"),
        pytest.param((2, 0, b"\x70", {b"tRNS": b"\0\1"}), [[0], [255]], [0, 255], id="2 bit grey, a level clear"),
        pytest.param((8, 0, b"\5\6", {b"tRNS": b"\0\5"}), [[0], [6]], [0, 255], id="grey, a level clear"),
        pytest.param((16, 0, b"\1\2\3\4"), [[0x102], [0x304]], None, id="16 bit grey"),
        pytest.param(
            (16, 0, b"\1\2\3\4", {b"tRNS": b"\1\2"}), [[0], [0x304]], [0, 0xFFFF], id="16 bit grey, a level clear"
        ),
        pytest.param((8, 4, b"\1\2\3\0"), [[1], [0]], [2, 0], id="grey and alpha"),
        pytest.param((16, 4, b"\0\1\0\2\0\3\0\4"), [[1], [3]], [2, 4], id="16 bit grey and alpha"),
        pytest.param((8, 2, b"\1\2\3\4\5\6"), [[1, 2, 3], [4, 5, 6]], None, id="RGB"),
        pytest.param(
            (8, 2, b"\1\2\3\4\5\6", {b"tRNS": b"\0\1\0\2\0\3"}),
            [[0, 0, 0], [4, 5, 6]],
            [0, 255],
            id="RGB, a colour clear",
        ),
        pytest.param((16, 2, b"\0\1\0\2\0\3\1\0\1\0\1\0"), [[1, 2, 3], [256] * 3], None, id="16 bit RGB"),
        pytest.param((8, 6, b"\1\2\3\0\4\5\6\7"), [[0, 0, 0], [4, 5, 6]], [0, 7], id="RGBA"),
        pytest.param((16, 6, b"\0\1\0\2\0\3\0\0\1\0\1\0\1\0\1\0"), [[0, 0, 0], [256] * 3], [0, 256], id="16 bit RGBA"),
        pytest.param((1, 3, b"\x40", PALETTE), [[1, 2, 3], [4, 5, 6]], None, id="1 bit palette"),
        pytest.param((8, 3, b"\1\0", PALETTE), [[4, 5, 6], [1, 2, 3]], None, id="palette"),
        pytest.param(
            (8, 3, b"\1\0", PALETTE | {b"tRNS": b"\x80"}),
            [[4, 5, 6], [1, 2, 3]],
            [255, 128],
            id="palette with alpha",
        ),
    ],
)
def test_every_kind_of_png_is_read_for_what_it_shows(build, stored, pixels, alpha):
    depth, colour_type, row, *ancillary = stored
    before = b"".join(build.chunk(name, payload) for part in ancillary for name, payload in part.items())

    picture = decode_image(build.png(2, 1, bit_depth=depth, colour_type=colour_type, rows=[row], before=before))

    assert picture.pixels.dtype == (np.uint16 if depth == 16 else np.uint8)
    assert picture.pixels.tolist() == [pixels]
    assert (None if picture.alpha is None else picture.alpha.tolist()) == (None if alpha is None else [alpha])


def test_an_interlaced_png_is_read_like_another(build):
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    passes = [pixels[y::dy, x::dx] for y, x, dy, dx in starts]
    rows = [row.tobytes() for part in passes if part.size for row in part]

    picture = decode_image(build.png(4, 4, bit_depth=8, colour_type=0, rows=rows, interlace=1))

    np.testing.assert_array_equal(picture.pixels[..., 0], pixels)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("quality", [0, 50, 90, 95, 100])
def test_a_jpeg_stays_like_itself_at_every_quality(build, quality, channels):
    original = decode_image(build.jpeg(build.gradient(64, 96, channels)))

    back = decode_image(encode_image(original, quality=quality, keep=NOTHING))

    assert back.pixels.shape == original.pixels.shape == (64, 96, channels)
    assert np.abs(back.pixels.astype(int) - original.pixels).mean() < (3 if quality >= 50 else 40)


@pytest.mark.parametrize(("quality", "sampling"), [(90, (2, 2)), (95, (1, 1))], ids=["halved", "full"])
def test_colours_keep_their_full_resolution_from_quality_95_on(build, quality, sampling):
    file = encode_image(decode_image(build.jpeg(build.gradient())), quality=quality, keep=NOTHING)

    assert file[file.index(b"\xff\xc0") + 11] == sampling[0] << 4 | sampling[1]


@pytest.mark.parametrize("quality", [-1, 101])
def test_a_quality_beyond_the_scale_is_refused(build, quality):
    with pytest.raises(ValueError, match="quality"):
        encode_image(decode_image(build.jpeg(build.gradient())), quality=quality, keep=NOTHING)


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"optimize": True}, {"restart_marker_blocks": 2}, {"subsampling": 2}],
    ids=["progressive", "optimized", "restart markers", "halved colours"],
)
def test_every_common_kind_of_jpeg_is_read(build, options):
    picture = decode_image(build.jpeg(build.gradient(64, 96), **options))

    assert np.abs(picture.pixels.astype(int) - build.gradient(64, 96)).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_every_exif_orientation_is_turned_upright(build, orientation, channels):
    upright = build.gradient(channels=channels)
    stored = np.ascontiguousarray(AS_STORED[orientation](upright))
    rows = [row.tobytes() for row in stored]
    exif = build.chunk(b"eXIf", build.camera_exif(orientation))
    height, width = stored.shape[:2]
    png = build.png(width, height, bit_depth=8, colour_type=0 if channels == 1 else 2, rows=rows, behind=exif)

    from_png = decode_image(png)
    from_jpeg = decode_image(build.jpeg(stored, orientation=orientation))

    np.testing.assert_array_equal(from_png.pixels.squeeze(), upright)
    assert np.abs(from_jpeg.pixels.squeeze().astype(int) - upright).max() < 10
    assert from_png.pixels.shape == from_jpeg.pixels.shape == (24, 36, channels)
    assert from_png.metadata.orientation == orientation


def test_alpha_turns_with_the_pixels(build):
    exif = build.chunk(b"eXIf", build.camera_exif(6))
    file = build.png(2, 1, bit_depth=8, colour_type=4, rows=[b"\1\2\3\4"], before=exif)

    picture = decode_image(file)

    assert picture.pixels.tolist() == [[[1]], [[3]]]
    assert picture.alpha.tolist() == [[2], [4]]


def test_a_written_file_has_no_orientation_left(build):
    file = encode_image(decode_image(build.jpeg(build.gradient(), orientation=6)), keep=EVERYTHING)

    assert decode_image(file).metadata.orientation == 1
    assert decode_image(file).pixels.shape == (36, 24, 3)


def test_a_cmyk_jpeg_becomes_rgb(build):
    red = np.zeros((16, 16, 4), np.uint8)
    red[..., 1:3] = 255
    file = _cmyk_jpeg(red)

    picture = decode_image(file)

    assert picture.pixels.shape == (16, 16, 3)
    assert np.abs(picture.pixels.astype(int) - [255, 0, 0]).max() < 12
    assert picture.icc is None


def test_a_cmyk_profile_that_cannot_be_used_is_dropped(build):
    profile = bytearray(200)
    profile[:4], profile[16:20], profile[36:40] = (200).to_bytes(4, "big"), b"CMYK", b"acsp"

    picture = decode_image(_cmyk_jpeg(np.zeros((16, 16, 4), np.uint8), icc_profile=bytes(profile)))

    assert picture.pixels.min() > 240
    assert picture.icc is None


def _cmyk_jpeg(ink, **options):
    file = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def test_a_jpeg_of_unusual_sampling_is_read(build):
    """Blocks of a flat grey image are six bits each, so any sampling can be written by hand."""
    flat = build.jpeg(np.full((8, 8, 3), 128, np.uint8))
    frame, scan_at = flat.index(b"\xff\xc0"), flat.index(b"\xff\xda")
    sampled = bytearray(flat)
    sampled[frame + 11], sampled[frame + 14], sampled[frame + 17] = 0x11, 0x21, 0x12
    sampled[scan_at + 8] = sampled[scan_at + 10] = 0
    bits = "001010" * 5
    entropy = int(bits.ljust(32, "1"), 2).to_bytes(4, "big")

    picture = decode_image(bytes(sampled[: scan_at + 14]) + entropy + b"\xff\xd9")

    assert picture.pixels.shape == (8, 8, 3)
    assert np.unique(picture.pixels).tolist() == [128]


@pytest.mark.parametrize("keep", [NOTHING, EVERYTHING], ids=["nothing kept", "everything kept"])
def test_no_leak_of_a_jpeg_survives(build, keep):
    leaky = build.leaky_jpeg(build.gradient())
    assert all(secret in leaky for secret in build.secrets.values())

    file = encode_image(decode_image(leaky), keep=keep)

    assert [name for name, secret in build.secrets.items() if secret in file] == []
    assert file.count(b"\xff\xd8\xff") == 1
    assert file.endswith(b"\xff\xd9")
    assert scan(file) == ()
    assert (b"2024:05:06 07:08:09" in file) == keep.capture_time


def test_the_scan_finds_every_leak_of_the_source(build):
    findings = scan(build.leaky_jpeg(build.gradient()))

    assert findings == (
        "JFXX thumbnail", "EXIF beyond the allow-list", "XMP", "MPF index of further pictures",
        "Photoshop resources", "segment 0xfe", "more than one APP0", "more than one APP1", "bytes behind the image",
    )  # fmt: skip


@pytest.mark.parametrize("keep", [NOTHING, EVERYTHING], ids=["nothing kept", "everything kept"])
def test_no_leak_of_a_png_survives(build, keep):
    secrets = [b"text-secret", b"xmp-secret", b"second-frame-secret", b"trailing-secret", *build.secrets.values()]
    file = build.png(
        2, 1, bit_depth=8, colour_type=0, rows=[b"\1\2"],
        before=build.chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + build.chunk(b"tEXt", b"Author\0" + secrets[0]),
        behind=build.chunk(b"fdAT", b"\0\0\0\1" + secrets[2]) + build.chunk(b"eXIf", build.camera_exif())
        + build.chunk(b"iTXt", b"XML:com.adobe.xmp\0" + secrets[1]),
    )  # fmt: skip

    written = encode_image(decode_image(file + secrets[3]), keep=keep)

    assert [secret for secret in secrets if secret in written] == []
    assert scan(written) == ()
    assert decode_image(written).pixels.tolist() == [[[1], [2]]]


def test_colours_under_full_transparency_are_not_carried_on(build):
    file = build.png(2, 1, bit_depth=8, colour_type=6, rows=[b"abc\0def\1"])

    picture = decode_image(encode_image(decode_image(file), keep=NOTHING))

    assert picture.pixels.tolist() == [[[0, 0, 0], list(b"def")]]


def test_profile_and_colour_chunks_are_kept(build):
    profile = build.srgb_profile()
    gamma = (b"gAMA", b"\0\0\xb1\x8f")
    png = build.png(
        1, 1, bit_depth=8, colour_type=2, rows=[b"\1\2\3"],
        before=build.chunk(*gamma) + build.chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)),
    )  # fmt: skip
    jpeg = build.jpeg(build.gradient(), icc_profile=profile)

    for file in (png, jpeg):
        written = encode_image(decode_image(file), keep=NOTHING)
        assert read_header(written, limits=DEFAULT_LIMITS).icc == profile
        assert scan(written) == ()
    assert decode_image(encode_image(decode_image(png), keep=NOTHING)).colour == (gamma,)


def test_a_profile_longer_than_one_segment_is_kept(build):
    profile = bytearray(200_000)
    profile[:4], profile[16:20], profile[36:40] = (200_000).to_bytes(4, "big"), b"RGB ", b"acsp"
    picture = replace(decode_image(build.jpeg(build.gradient())), icc=bytes(profile))

    file = encode_image(picture, keep=NOTHING)

    assert decode_image(file).icc == profile
    assert scan(file) == ()


def test_equal_pictures_make_equal_files(build):
    for file in (build.jpeg(build.gradient()), build.png(2, 1, bit_depth=8, colour_type=0, rows=[b"\1\2"])):
        assert encode_image(decode_image(file), keep=NOTHING) == encode_image(decode_image(file), keep=NOTHING)


@pytest.mark.parametrize("kind", ["baseline", "progressive", "png"])
def test_a_truncated_file_is_refused_wherever_it_ends(build, kind):
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    jpeg = build.jpeg(pixels, progressive=kind == "progressive")
    png = encode_image(Picture(pixels, None, ImageFormat.PNG), keep=NOTHING)
    file = png if kind == "png" else jpeg

    for twentieth in range(1, 20):
        with pytest.raises(DefectiveImageError):
            decode_image(file[: len(file) * twentieth // 20])


@pytest.mark.parametrize("fraction", [0.3, 0.6, 0.9])
def test_a_truncated_jpeg_is_refused_even_with_its_end_glued_on(build, fraction):
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    file = build.jpeg(pixels)
    start = file.index(b"\xff\xda")
    cut = start + 12 + int((len(file) - start) * fraction)

    with pytest.raises(DefectiveImageError):
        decode_image(file[:cut].rstrip(b"\xff") + b"\xff\xd9")


def test_a_png_with_too_few_rows_is_refused(build, capfd):
    file = build.png(2, 20, bit_depth=8, colour_type=0, rows=[b"\1\2"] * 3)

    with pytest.raises(DefectiveImageError):
        decode_image(file)


@pytest.mark.parametrize("junk", [b"\0\0\0", b"\xff\xff", b"padding"], ids=["zeros", "fill bytes", "text"])
def test_bytes_between_the_segments_of_a_jpeg_do_no_harm(build, junk):
    plain = build.jpeg(build.gradient())

    picture = decode_image(build.with_segments(plain, junk))

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


def test_an_unknown_jfif_revision_does_no_harm(build):
    plain = build.jpeg(build.gradient())

    picture = decode_image(plain[:11] + b"\x07" + plain[12:])

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(["jpeg", "progressive", "cmyk", "png"]), st.data())
def test_a_damaged_file_is_a_picture_of_the_announced_size_or_refused(build, kind, data):
    pixels = build.gradient(20, 30)
    file = bytearray({
        "jpeg": lambda: build.jpeg(pixels, orientation=1, icc_profile=build.srgb_profile()),
        "progressive": lambda: build.jpeg(pixels, progressive=True),
        "cmyk": lambda: _cmyk_jpeg(np.ascontiguousarray(np.repeat(pixels[..., :1], 4, axis=2))),
        "png": lambda: encode_image(Picture(pixels, None, ImageFormat.PNG), keep=NOTHING),
    }[kind]())  # fmt: skip
    for position in data.draw(st.lists(st.integers(2, len(file) - 1), min_size=1, max_size=6)):
        file[position] ^= 1 << data.draw(st.integers(0, 7))

    try:
        picture = decode_image(bytes(file), limits=ImageLimits(max_pixels=1_000_000))
    except VisionError:
        return

    header = read_header(bytes(file), limits=DEFAULT_LIMITS)
    assert sorted(picture.pixels.shape[:2]) == sorted((header.height, header.width))


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1)], ids=str)
@pytest.mark.parametrize("image_format", list(ImageFormat))
def test_extreme_shapes_are_images_too(shape, image_format):
    picture = Picture(np.full((*shape, 3), 77, np.uint8), None, image_format)

    back = decode_image(encode_image(picture, keep=NOTHING))

    assert back.pixels.shape == (*shape, 3)
    assert np.abs(back.pixels.astype(int) - 77).max() <= 1


def test_limits_hold_before_decoding(build):
    with pytest.raises(ImageTooLargeError):
        decode_image(build.jpeg(build.gradient()), limits=ImageLimits(max_pixels=100))


def test_only_our_own_limits_decide_about_size(build, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)

    picture = decode_image(_cmyk_jpeg(np.zeros((16, 16, 4), np.uint8)))

    assert picture.pixels.shape == (16, 16, 3)


def test_a_jpeg_with_transparency_is_a_mistake_of_the_caller():
    picture = Picture(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8), ImageFormat.JPEG)

    with pytest.raises(ValueError, match="transparency"):
        encode_image(picture, keep=NOTHING)
