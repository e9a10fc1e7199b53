"""The gate, first half: what is refused without asking a model."""

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.styles import Look, hide, hide_alpha
from veil_vision.image.files import Picture, encode_image
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy, read_metadata
from veil_vision.verify.replacement import require_clean, require_covered, require_replaced

WIDTH, HEIGHT = 64, 48
NOTHING = MetadataPolicy()
edges = st.floats(-20, 80, width=32)


@st.composite
def segments(draw):
    """A grid of cells somewhere over the picture or beyond its edges."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    left, top = draw(st.integers(-30, 50)), draw(st.integers(-30, 40))
    width, height = draw(st.integers(columns, 70)), draw(st.integers(rows, 70))
    cells = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return Segment((left, top, left + width, top + height), np.array(cells).reshape(rows, columns))


@st.composite
def detected(draw):
    corners = draw(st.lists(st.tuples(edges, edges, edges, edges), min_size=1, max_size=4))
    seen = Detections.of([[min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in corners])
    return seen.with_segments([draw(st.none() | segments()) for _ in corners])


zones = st.lists(
    st.builds(
        lambda x, y, w, h: Zone(x, y, x + w, y + h),
        st.integers(0, WIDTH),
        st.integers(0, HEIGHT),
        st.integers(1, 40),
        st.integers(1, 40),
    ),
    max_size=2,
)
styles = st.builds(
    RegionStyle,
    shape=st.sampled_from(Shape),
    margin=st.sampled_from([0.0, 0.1, 0.5]),
    feather=st.sampled_from([0.0, 0.3]),
)


def regions_by_detection(seen, style, ignore_zones=()):
    size = {"width": WIDTH, "height": HEIGHT}
    each = (seen.select(np.array([index])) for index in range(len(seen)))
    found = [regions_of(one, {ObjectClass.FACE: style}, **size, ignore_zones=ignore_zones) for one in each]
    return tuple(one[0] if one else None for one in found)


def covered(seen, regions, ignore_zones=()):
    return require_covered(seen, regions, ignore_zones, width=WIDTH, height=HEIGHT)


@given(detected(), styles, zones)
@example(Detections.of([[0, -3, 1, 2.3e-16]]), RegionStyle(shape=Shape.BOX, margin=0), [])  # reaches a row by a hair
def test_regions_cover_what_was_detected_outside_ignore_zones(seen, style, ignore_zones):
    hidden = covered(seen, regions_by_detection(seen, style, ignore_zones), ignore_zones)

    assert all(not hidden[zone.y1 : zone.y2, zone.x1 : zone.x2].any() for zone in ignore_zones)


@given(st.data())
def test_one_pixel_left_out_is_refused(data):
    x1, y1 = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 30))
    seen = Detections.of([[x1 + 0.5, y1 + 0.5, x1 + 9.5, y1 + 9.5]])
    (region,) = regions_by_detection(seen, RegionStyle())
    x, y = data.draw(st.integers(x1, x1 + 9)), data.draw(st.integers(y1, y1 + 9))
    core = region.core.copy()
    core[y - region.y1, x - region.x1] = False

    with pytest.raises(VerificationError, match="covered"):
        covered(seen, (dataclasses.replace(region, core=core),))


@pytest.mark.parametrize(("right", "down"), [(3, 0), (-3, 0), (0, 12), (0, -12), (40, 0)])
def test_a_region_that_lies_beside_its_detection_is_refused(right, down):
    seen = Detections.of([[20, 20, 30, 30]])
    (region,) = regions_by_detection(seen, RegionStyle(shape=Shape.BOX, margin=0.0))
    moved = dataclasses.replace(
        region, x1=region.x1 + right, x2=region.x2 + right, y1=region.y1 + down, y2=region.y2 + down
    )

    with pytest.raises(VerificationError):
        covered(seen, (moved,))


def test_a_detection_without_a_region_is_refused():
    with pytest.raises(VerificationError, match="covered"):
        covered(Detections.of([[20, 20, 30, 30]]), (None,))


def test_of_a_detection_with_a_segment_one_pixel_of_it_left_out_is_refused():
    left_half = Segment((20, 20, 40, 30), np.tile(np.arange(20) < 10, (10, 1)))
    seen = Detections.of([[20, 20, 40, 30]]).with_segments([left_half])
    (region,) = regions_by_detection(seen, RegionStyle(shape=Shape.SEGMENT, margin=0.0))
    core = region.core.copy()
    core[25 - region.y1, 29 - region.x1] = False

    hidden = covered(seen, (region,))

    assert hidden[20:30, 20:30].all()
    assert not hidden[20:30, 35:].any()
    with pytest.raises(VerificationError, match="covered"):
        covered(seen, (dataclasses.replace(region, core=core),))


def test_a_detection_that_lies_in_an_ignore_zone_needs_no_region():
    hidden = covered(Detections.of([[20, 20, 30, 30]]), (None,), [Zone(20, 20, 30, 30)])

    assert not hidden.any()


@pytest.mark.parametrize("x1", [-5, 60])
def test_a_region_that_leaves_the_picture_is_refused(x1):
    seen = Detections.of([[20, 20, 30, 30]])
    (region,) = regions_by_detection(seen, RegionStyle())

    with pytest.raises(VerificationError, match="fit"):
        covered(seen, (dataclasses.replace(region, x1=x1, x2=x1 + region.core.shape[1]),))


def noise(shape, dtype=np.uint8, seed=1):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def drawn_over(source, alpha, regions, look=Look.BLUR):
    present = [region for region in regions if region is not None]
    pixels = hide(source, present, look, kernel_sizes={ObjectClass.FACE: 0.35}, seed=0)
    return pixels, None if alpha is None else hide_alpha(alpha, present)


KINDS = [
    (ImageFormat.JPEG, 3, np.uint8, False),
    (ImageFormat.JPEG, 1, np.uint8, False),
    (ImageFormat.PNG, 3, np.uint8, False),
    (ImageFormat.PNG, 3, np.uint16, False),
    (ImageFormat.PNG, 1, np.uint8, False),
    (ImageFormat.PNG, 1, np.uint16, True),
    (ImageFormat.PNG, 3, np.uint8, True),
    (ImageFormat.PNG, 3, np.uint16, True),
]


@pytest.mark.parametrize("kind", KINDS)
@given(
    seen=detected(),
    style=styles,
    look=st.sampled_from(Look),
    quality=st.sampled_from([0, 1, 5, 20, 50, 90, 95, 100]),
    coarse=st.sampled_from([1, 2, 8]),
)
@settings(max_examples=25)
def test_what_veil_writes_itself_is_clean_at_every_quality(*, kind, seen, style, look, quality, coarse):
    form, channels, depth, has_alpha = kind
    regions = regions_by_detection(seen, style)
    source = cv2.resize(noise((HEIGHT // coarse, WIDTH // coarse, channels), depth), (WIDTH, HEIGHT))
    alpha = noise((HEIGHT, WIDTH), depth) if has_alpha else None
    pixels, alpha = drawn_over(source.reshape(HEIGHT, WIDTH, channels), alpha, regions, look)
    drawn = Picture(pixels, alpha, form)

    shown = require_clean(
        encode_image(drawn, quality=quality, keep=NOTHING), drawn, regions, quality=quality, keep=NOTHING
    )

    assert shown.pixels.shape == drawn.pixels.shape


@pytest.mark.parametrize("quality", [1, 50, 75, 90])
def test_what_is_hidden_at_edges_that_cut_the_squares_of_a_jpeg_is_clean(quality):
    """Everything around it is noise, of which the last squares hold but a few rows or columns."""
    for beyond in range(1, 16):
        source = noise((96 + beyond, 96 + beyond, 3), seed=beyond)
        seen = Detections.of([[30, 30, *source.shape[1::-1]]])
        regions = regions_of(seen, {ObjectClass.FACE: RegionStyle(Shape.BOX, 0)}, width=96 + beyond, height=96 + beyond)
        drawn = Picture(drawn_over(source, None, regions)[0], None, ImageFormat.JPEG)

        require_clean(encode_image(drawn, quality=quality, keep=NOTHING), drawn, regions, quality=quality, keep=NOTHING)


@pytest.fixture
def portrait(astronaut):
    """A photo, its one face as a region, and the picture with the face hidden."""
    seen = Detections.of([[175, 53, 275, 180]])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=512, height=512)
    pixels, _ = drawn_over(astronaut, None, regions)
    return Picture(astronaut, None, ImageFormat.JPEG), Picture(pixels, None, ImageFormat.JPEG), regions


def checked(data, drawn, regions, quality=90, keep=NOTHING):
    return require_clean(data, drawn, regions, quality=quality, keep=keep)


def file_of(picture, **changes):
    return encode_image(dataclasses.replace(picture, **changes), keep=NOTHING)


@pytest.mark.parametrize("form", list(ImageFormat))
def test_a_file_cut_short_is_refused(portrait, form):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=form)
    whole = file_of(drawn)

    for length in (0, 3, 700, len(whole) // 2, len(whole) - 1):
        with pytest.raises(VerificationError):
            checked(whole[:length], drawn, regions)


@pytest.mark.parametrize("form", list(ImageFormat))
def test_bytes_behind_the_picture_are_refused(portrait, form):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=form)

    with pytest.raises(VerificationError, match="behind"):
        checked(file_of(drawn) + b"ftypmp42", drawn, regions)


def test_a_thumbnail_in_the_exif_is_refused(portrait, build):
    _, drawn, regions = portrait
    leaky = build.with_segments(file_of(drawn), build.segment(0xE1, b"Exif\0\0" + build.camera_exif()))

    with pytest.raises(VerificationError, match="EXIF"):
        checked(leaky, drawn, regions)


def test_every_leak_a_jpeg_can_have_is_refused(portrait, build):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError, match="XMP"):
        checked(build.leaky_jpeg(drawn.pixels), drawn, regions)


def test_facts_that_were_not_to_be_kept_are_refused(portrait, build):
    _, drawn, regions = portrait
    taken = dataclasses.replace(drawn, metadata=read_metadata(build.camera_exif()))
    told = encode_image(taken, keep=MetadataPolicy(capture_time=True))

    checked(told, taken, regions, keep=MetadataPolicy(capture_time=True))
    with pytest.raises(VerificationError, match="facts"):
        checked(told, taken, regions)


@pytest.mark.parametrize(
    "turn",
    [
        lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
        lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
        lambda pixels: cv2.flip(pixels, 1),
        lambda pixels: pixels[..., ::-1],
        lambda pixels: 255 - pixels,
    ],
    ids=["upside down", "on its side", "mirrored", "blue for red", "negative"],
)
def test_another_picture_than_was_drawn_is_refused(portrait, turn):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn, pixels=np.ascontiguousarray(turn(drawn.pixels))), drawn, regions)


@pytest.mark.parametrize(
    "change",
    [
        {"pixels": np.zeros((511, 512, 3), np.uint8)},
        {"pixels": np.zeros((512, 512, 1), np.uint8)},
        {"format": ImageFormat.PNG},
        {"format": ImageFormat.PNG, "alpha": np.full((512, 512), 255, np.uint8)},
        {"format": ImageFormat.PNG, "pixels": np.zeros((512, 512, 3), np.uint16)},
    ],
    ids=["smaller", "grey", "PNG", "alpha", "deeper"],
)
def test_a_file_of_another_kind_or_size_is_refused(portrait, change):
    _, drawn, regions = portrait

    with pytest.raises(VerificationError):
        checked(file_of(drawn, **change), drawn, regions)


def test_in_a_png_one_level_of_one_pixel_in_a_core_is_refused(portrait):
    _, drawn, regions = portrait
    drawn = dataclasses.replace(drawn, format=ImageFormat.PNG)
    other = drawn.pixels.copy()
    other[100, 200, 1] ^= 1

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn, pixels=other), drawn, regions)


def test_a_core_that_is_not_opaque_is_refused(portrait):
    _, drawn, regions = portrait
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[100, 200] = 254
    drawn = dataclasses.replace(drawn, format=ImageFormat.PNG, alpha=alpha)

    with pytest.raises(VerificationError, match="drawn"):
        checked(file_of(drawn), drawn, regions)


def test_a_result_may_have_more_bytes_than_an_upload_may_have():
    """The sizes of files are the pipeline's to choose: a PNG written without compression can outgrow its source."""
    drawn = Picture(noise((40, 50, 3)), None, ImageFormat.PNG)

    shown = checked(encode_image(drawn, compress_level=0, keep=NOTHING), drawn, ())

    assert shown.pixels.shape == (40, 50, 3)


@pytest.mark.parametrize("look", list(Look))
def test_a_replaced_face_is_accepted(portrait, look):
    source, drawn, regions = portrait
    pixels, _ = drawn_over(source.pixels, None, regions, look)

    require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


@pytest.mark.parametrize(
    "weak",
    [
        lambda face: face,
        lambda face: cv2.blur(face, (5, 5)),
        lambda face: cv2.blur(face, (11, 11)),
        lambda face: cv2.resize(cv2.resize(face, (34, 44)), face.shape[1::-1], interpolation=cv2.INTER_NEAREST),
        lambda face: 255 - (255 - face) // 4,
        lambda face: face // 8,
    ],
    ids=["untouched", "blurred by 5", "blurred by 11", "fine mosaic", "faded", "darkened"],
)
def test_a_face_that_is_still_there_is_refused(portrait, weak):
    source, drawn, regions = portrait
    pixels = source.pixels.copy()
    (region,) = regions
    window = pixels[region.rows, region.columns]
    window[region.core] = weak(window.copy())[region.core]

    with pytest.raises(VerificationError, match="resembles"):
        require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


def test_a_face_is_refused_that_a_look_beside_it_left_alone(portrait):
    source, drawn, regions = portrait
    (region,) = regions
    beside = dataclasses.replace(region, x1=region.x1 + 170, x2=region.x2 + 170)
    pixels, _ = drawn_over(source.pixels, None, (beside,))

    with pytest.raises(VerificationError, match="resembles"):
        require_replaced(source, dataclasses.replace(drawn, pixels=pixels), regions)


def test_a_chance_resemblance_of_regular_patterns_is_accepted():
    stripes = np.where(np.arange(256)[None, :, None] // 13 % 2, 200, 60).astype(np.uint8).repeat(256, 0).repeat(3, 2)
    seen = Detections.of([[x, y, x + 60, y + 80] for x in (5, 70, 150) for y in (10, 100)])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=256, height=256)

    for look in Look:
        pixels, _ = drawn_over(stripes, None, regions, look)
        require_replaced(Picture(stripes, None, ImageFormat.PNG), Picture(pixels, None, ImageFormat.PNG), regions)
