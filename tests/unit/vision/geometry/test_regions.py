"""Everything a detection touches is in a core; nothing in an ignore zone ever is."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from veil_vision.geometry.boxes import cover
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import Region, RegionStyle, Shape, Zone, regions_of

WIDTH, HEIGHT = 40, 32
SUBPIXELS = 8

edge = st.floats(min_value=-20, max_value=60, width=32)
boxes = st.tuples(edge, edge, edge, edge).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)
shapes = st.sampled_from(Shape)
styles = st.builds(
    RegionStyle, shapes, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1) | st.just(0.0)
)
whole = st.integers(min_value=-10, max_value=50)
zones = st.builds(Zone, whole, whole, whole, whole)
blocks = st.sampled_from([(1, 1), (2, 2), (2, 1), (4, 1), (2, 4)])


def regions(detected, style, ignore_zones=(), *, block=(1, 1), segments=()):
    every_class, seen = dict.fromkeys(ObjectClass, style), Detections.of(detected)
    seen = seen.with_segments(segments)
    return regions_of(seen, every_class, width=WIDTH, height=HEIGHT, ignore_zones=ignore_zones, block=block)


def painted(found, mask):
    """Returns the whole-image maximum of one mask of all regions."""
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    for region in found:
        view = image[region.rows, region.columns]
        np.maximum(view, getattr(region, mask), out=view)
    return image


def radii_of(box, style):
    """Returns half of width and height of what hides a box."""
    x1, y1, x2, y2 = (float(number) for number in box)
    width, height = x2 - x1, y2 - y1
    if style.shape is Shape.EVEN_BOX:
        reach = style.margin * min(width, height)
        return width / 2 + reach, height / 2 + reach
    if style.shape is not Shape.ROUNDED:
        return (0.5 + style.margin) * width, (0.5 + style.margin) * height
    holds_the_box = 0.5 / (1 - (0.5 / 0.65) ** 4) ** 0.25
    return max(0.5 + 1.5 * style.margin, 0.65) * width, max(0.5 + style.margin / 2, holds_the_box) * height


def sampled_inside(box, style):
    """An independent oracle: cells of which some sub-pixel sample lies in the rounded box or the box."""
    (x1, y1, x2, y2), (rx, ry) = (float(number) for number in box), radii_of(box, style)
    samples = (np.arange(WIDTH * SUBPIXELS) + 0.5) / SUBPIXELS, (np.arange(HEIGHT * SUBPIXELS) + 0.5) / SUBPIXELS
    across = np.abs(samples[0] - (x1 + x2) / 2) / max(rx, 1e-12)
    down = np.abs(samples[1] - (y1 + y2) / 2) / max(ry, 1e-12)
    if style.shape is not Shape.ROUNDED:
        inside = (across[None] < 1 - 1e-6) & (down[:, None] < 1 - 1e-6)
    else:
        inside = across[None] ** 4 + down[:, None] ** 4 <= 1
    return inside.reshape(HEIGHT, SUBPIXELS, WIDTH, SUBPIXELS).any(axis=(1, 3))


@given(boxes, styles)
def test_every_pixel_the_shape_touches_is_in_the_core(box, style):
    core = painted(regions([box], style), "core").astype(bool)

    assert core[sampled_inside(box, style)].all()


@given(boxes, st.floats(min_value=0, max_value=1))
def test_a_rounded_box_hides_all_of_the_detection_whatever_the_margin(box, margin):
    core = painted(regions([box], RegionStyle(Shape.ROUNDED, margin, 0)), "core")

    for x1, y1, x2, y2 in cover(Detections.of([box]).boxes, width=WIDTH, height=HEIGHT):
        assert core[y1:y2, x1:x2].all()


@given(boxes, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_a_wider_margin_hides_all_that_a_narrower_one_hides(box, margin, more):
    narrow, wide = (
        painted(regions([box], RegionStyle(Shape.ROUNDED, each)), "core") for each in (margin, margin + more)
    )

    assert (wide >= narrow).all()


@pytest.mark.parametrize("place", [(190, 240), (309, 240), (250, 193), (250, 336)])
def test_a_face_is_hidden_beyond_its_box_up_to_the_ears_the_hairline_and_the_chin(place):
    style = {ObjectClass.FACE: RegionStyle()}
    (region,) = regions_of(Detections.of([[200, 200, 300, 330]]), style, width=800, height=800)

    assert region.core[place[1] - region.y1, place[0] - region.x1]


def test_a_face_hides_no_more_than_one_and_two_fifths_of_its_box_at_the_default_margin():
    style = {ObjectClass.FACE: RegionStyle(feather=0.1)}
    (region,) = regions_of(Detections.of([[200, 200, 300, 330]]), style, width=800, height=800)

    assert 1.3 < region.core.sum() / (100 * 130) < 1.4
    assert (region.feather >= 127).sum() / (100 * 130) < 1.7


def test_what_hides_a_plate_reaches_and_fades_as_far_sideways_as_up_and_down():
    style = {ObjectClass.LICENSE_PLATE: RegionStyle(Shape.EVEN_BOX, margin=0.1, feather=0.1)}
    plate = Detections.of([[200, 200, 360, 240]], object_class=ObjectClass.LICENSE_PLATE)
    (region,) = regions_of(plate, style, width=800, height=800)

    for mask, reach in ((region.core, 4), (region.feather > 0, 8)):
        rows, columns = np.nonzero(mask)
        assert (columns.min() + region.x1, columns.max() + region.x1 + 1) == (200 - reach, 360 + reach)
        assert (rows.min() + region.y1, rows.max() + region.y1 + 1) == (200 - reach, 240 + reach)


@given(boxes, styles)
def test_a_core_reaches_no_further_than_one_pixel_beyond_the_shape(box, style):
    (x1, y1, x2, y2), (rx, ry) = (float(number) for number in box), radii_of(box, style)
    core = painted(regions([box], style), "core").astype(bool)

    rows, columns = np.nonzero(core)
    assert (np.abs(columns + 0.5 - (x1 + x2) / 2) <= rx + 1.001).all()
    assert (np.abs(rows + 0.5 - (y1 + y2) / 2) <= ry + 1.001).all()


@given(st.lists(boxes, max_size=4), styles, st.lists(zones, max_size=3))
def test_nothing_in_an_ignore_zone_is_hidden_or_softened_and_everything_else_still_is(detected, style, ignore_zones):
    spared = np.zeros((HEIGHT, WIDTH), bool)
    for zone in ignore_zones:
        spared[max(zone.y1, 0) : max(zone.y2, 0), max(zone.x1, 0) : max(zone.x2, 0)] = True

    with_zones = regions(detected, style, ignore_zones)

    for mask in ("core", "feather"):
        without_zones = painted(regions(detected, style), mask)
        np.testing.assert_array_equal(painted(with_zones, mask), np.where(spared, 0, without_zones))


@given(boxes, styles, blocks)
def test_the_feather_is_full_in_the_core_and_only_there(box, style, block):
    for region in regions([box], style, block=block):
        np.testing.assert_array_equal(region.feather == 255, region.core)


def by_block(mask, block):
    """Returns where a block has a true pixel, for all its pixels."""
    across, down = block
    touched = mask.reshape(HEIGHT // down, down, WIDTH // across, across).any(axis=(1, 3))
    return touched.repeat(down, axis=0).repeat(across, axis=1)


@given(boxes, styles, blocks, st.booleans())
def test_whole_blocks_are_hidden_of_which_a_pixel_is(box, style, block, has_segment):
    segments = [Segment.of((5, 4, 25, 22), np.tri(10, dtype=bool))] if has_segment else ()

    pixels, whole = (regions([box], style, block=each, segments=segments) for each in ((1, 1), block))

    expected = by_block(painted(pixels, "core").astype(bool), block)
    np.testing.assert_array_equal(painted(whole, "core").astype(bool), expected)


@given(boxes, styles, blocks, st.lists(zones, max_size=2))
def test_of_blocks_only_those_are_spared_that_lie_in_a_zone_as_a_whole(box, style, block, ignore_zones):
    outside = np.ones((HEIGHT, WIDTH), bool)
    for zone in ignore_zones:
        outside[max(zone.y1, 0) : max(zone.y2, 0), max(zone.x1, 0) : max(zone.x2, 0)] = False

    touched, hidden = (
        painted(regions([box], style, each, block=block), "core").astype(bool) for each in ((), ignore_zones)
    )

    assert hidden[touched & outside].all()
    assert not hidden[~touched | ~by_block(outside, block)].any()


def test_a_region_within_an_image_ends_where_that_does():
    (region,) = regions([[20, 10, 36, 28]], RegionStyle(), block=(2, 2))

    inside = region.within(31, 25)

    assert (inside.x1, inside.y1, inside.x2, inside.y2) == (region.x1, region.y1, 31, 25)
    np.testing.assert_array_equal(inside.core, region.core[: 25 - region.y1, : 31 - region.x1])
    assert inside.feather.shape == inside.core.shape
    assert region.within(WIDTH, HEIGHT) is region


@given(boxes, styles)
def test_the_feather_changes_nothing_about_the_core(box, style):
    sharp = RegionStyle(style.shape, style.margin, 0)

    np.testing.assert_array_equal(painted(regions([box], style), "core"), painted(regions([box], sharp), "core"))


@given(boxes, shapes, st.floats(min_value=0.1, max_value=1))
def test_the_feather_falls_steadily_from_the_core_outwards(box, shape, feather):
    found = regions([box], RegionStyle(shape, 0, feather))
    assume(found and 0 < (box[1] + box[3]) / 2 < HEIGHT)

    row = painted(found, "feather")[int((box[1] + box[3]) / 2)].astype(int)

    centre = int(np.clip((box[0] + box[2]) / 2, 0, WIDTH - 1))
    assert (np.diff(row[centre + 1 :]) <= 0).all()
    assert (np.diff(row[: max(centre, 0)]) >= 0).all()


def test_the_feather_ends_where_the_style_says():
    (region,) = regions([[14, 10, 24, 20]], RegionStyle(Shape.BOX, 0, 0.5))

    weights = painted([region], "feather")[15]

    assert weights[24:29].tolist() == [229, 178, 127, 76, 25]
    assert weights[29] == 0


@given(st.lists(boxes, max_size=4), styles)
def test_windows_lie_inside_the_image_and_match_their_masks(detected, style):
    for region in regions(detected, style):
        assert 0 <= region.x1 < region.x2 <= WIDTH
        assert 0 <= region.y1 < region.y2 <= HEIGHT
        assert region.core.shape == region.feather.shape == (region.y2 - region.y1, region.x2 - region.x1)
        assert region.core.any()


@pytest.mark.parametrize("shape", Shape)
def test_a_detection_hidden_by_nothing_but_ignore_zones_makes_no_region(shape):
    found = regions([[5, 5, 10, 10]], RegionStyle(shape), [Zone(0, 0, WIDTH, HEIGHT)])

    assert found == ()


@pytest.mark.parametrize("box", [[-30, -30, -20, -20], [100, 5, 120, 10]])
def test_a_detection_outside_the_image_makes_no_region(box):
    assert regions([box], RegionStyle()) == ()


def test_the_cost_of_a_region_is_its_window_and_not_the_image():
    far_apart = Detections.of([[100, 100, 110, 110], [99_000, 99_000, 99_010, 99_010]])

    found = regions_of(far_apart, {ObjectClass.FACE: RegionStyle()}, width=100_000, height=100_000)

    assert [max(region.core.shape) < 25 for region in found] == [True, True]


def test_a_region_remembers_what_it_hides_and_cannot_be_changed():
    (region,) = regions([[5, 6, 10.5, 12]], RegionStyle())

    assert isinstance(region, Region)
    assert (region.box, region.score, region.object_class) == ((5, 6, 10.5, 12), 1, ObjectClass.FACE)
    with pytest.raises(ValueError, match="read-only"):
        region.core[0, 0] = True


@pytest.mark.parametrize("style", [{"margin": -0.1}, {"feather": -0.1}, {"margin": math.nan}, {"feather": math.inf}])
def test_a_style_that_would_hide_less_than_the_detection_is_refused(style):
    with pytest.raises(ValueError, match="not negative"):
        RegionStyle(**style)
