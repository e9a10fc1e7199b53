"""Masks say exactly what was hidden, where, and as what."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.masks import CLASS_BITS, binary_mask, instance_colors, instance_mask
from veil_vision.hide.sparse_png import sparse_png

WIDTH, HEIGHT = 33, 21

edge = st.floats(min_value=-10, max_value=50, width=32)
boxes = st.tuples(edge, edge, edge, edge).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)
styles = st.fixed_dictionaries(
    dict.fromkeys(
        ObjectClass,
        st.builds(RegionStyle, st.sampled_from(Shape), st.just(0.1), st.floats(min_value=0, max_value=1)),
    )
)


@st.composite
def some_regions(draw):
    classes = draw(st.lists(st.sampled_from(ObjectClass), max_size=5))
    scores = st.floats(min_value=0, max_value=1, width=32)
    seen = Detections.concat([Detections.of([draw(boxes)], [draw(scores)], one) for one in classes])
    return regions_of(seen, draw(styles), width=WIDTH, height=HEIGHT)


def plates(count):
    """Returns regions of one pixel each, side by side."""
    seen = Detections.of([[n, 0, n + 1, 1] for n in range(count)], object_class=ObjectClass.LICENSE_PLATE)
    style = RegionStyle(Shape.BOX, 0, 0)
    return regions_of(seen, {ObjectClass.LICENSE_PLATE: style}, width=count, height=1)


def whole_cores(regions):
    """Returns bool (n, HEIGHT, WIDTH): the core of each region in the whole image."""
    cores = np.zeros((len(regions), HEIGHT, WIDTH), bool)
    for core, region in zip(cores, regions, strict=True):
        core[region.rows, region.columns] = region.core
    return cores


@given(some_regions())
def test_the_binary_mask_is_white_in_all_cores_and_nowhere_else(regions):
    mask = binary_mask(regions, width=WIDTH, height=HEIGHT, scale=100)

    np.testing.assert_array_equal(mask, np.where(whole_cores(regions).any(axis=0), 255, 0))


@given(some_regions())
def test_the_class_bits_of_all_regions_over_a_pixel_are_ored(regions):
    mask = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=100)

    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    for core, region in zip(whole_cores(regions), regions, strict=True):
        expected[core] |= CLASS_BITS[region.object_class]
    np.testing.assert_array_equal(mask[..., 2], expected)
    assert not mask[..., 0].any()


@given(some_regions())
def test_the_instance_of_a_pixel_is_the_most_certain_region_over_it(regions):
    mask = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=100)

    nothing = np.full((1, HEIGHT, WIDTH), -1.0)
    certainty = [np.where(core, region.score, -1) for core, region in zip(whole_cores(regions), regions, strict=True)]
    best = np.concatenate([nothing, *(plane[None] for plane in certainty)]).argmax(axis=0)
    np.testing.assert_array_equal(mask[..., 1], best)


@given(some_regions(), st.floats(min_value=0, max_value=100))
def test_a_scaled_mask_holds_pixels_of_the_full_one_and_never_new_values(regions, scale):
    full = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=100)

    small = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=scale)

    height, width = max(1, round(HEIGHT * scale / 100)), max(1, round(WIDTH * scale / 100))
    rows = ((np.arange(height) + 0.5) * HEIGHT / height).astype(int)
    columns = ((np.arange(width) + 0.5) * WIDTH / width).astype(int)
    np.testing.assert_array_equal(small, full[np.ix_(rows, columns)])


def test_scale_zero_makes_the_smallest_picture_there_is():
    assert binary_mask((), width=WIDTH, height=HEIGHT, scale=0).shape == (1, 1)
    assert instance_mask((), width=WIDTH, height=HEIGHT, scale=0).shape == (1, 1, 3)


@pytest.mark.parametrize("scale", [-1, 100.5, float("nan")])
def test_an_impossible_scale_is_refused(scale):
    with pytest.raises(ValueError, match="between 0 and 100"):
        binary_mask((), width=WIDTH, height=HEIGHT, scale=scale)


def test_a_plate_on_a_vehicle_has_both_bits_as_in_the_contract():
    style = RegionStyle(Shape.BOX, 0, 0)
    seen = Detections.concat(
        [
            Detections.of([[0, 0, 20, 20]], [0.9], ObjectClass.VEHICLE),
            Detections.of([[5, 5, 10, 10]], [0.95], ObjectClass.LICENSE_PLATE),
        ]
    )

    mask = instance_mask(
        regions_of(seen, dict.fromkeys(ObjectClass, style), width=WIDTH, height=HEIGHT),
        width=WIDTH,
        height=HEIGHT,
        scale=100,
    )

    assert mask[0, 0].tolist() == [0, 1, 16]
    assert mask[7, 7].tolist() == [0, 2, 80]


def test_beyond_255_instances_the_numbers_start_again_and_none_is_zero():
    regions = plates(600)

    mask = instance_mask(regions, width=600, height=1, scale=100)

    numbers = mask[0, :, 1].tolist()
    assert numbers == [1 + index % 255 for index in range(600)]
    colors = instance_colors(regions, width=600)
    assert colors[255] == colors[0] == (0, 1, 64)


def test_both_sides_of_an_object_across_the_seam_of_a_panorama_are_one_instance():
    seen = Detections.of([[WIDTH - 4, 5, WIDTH + 3, 9], [10, 5, 14, 9], [-4, 5, 3, 9], [-4, 12, 3, 16]])
    regions = regions_of(seen, {ObjectClass.FACE: RegionStyle(margin=0)}, width=WIDTH, height=HEIGHT)

    instances = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=100)[..., 1]

    assert instances[7, [0, 12, WIDTH - 1]].tolist() == [1, 2, 1]
    assert instances[14, 0] == 3


@given(some_regions())
def test_a_mask_survives_the_png_unchanged(regions):
    binary = binary_mask(regions, width=WIDTH, height=HEIGHT, scale=100)
    instances = instance_mask(regions, width=WIDTH, height=HEIGHT, scale=100)

    grey, color = (Image.open(io.BytesIO(sparse_png(mask))) for mask in (binary, instances))

    assert (grey.format, grey.mode, color.format, color.mode) == ("PNG", "L", "PNG", "RGB")
    np.testing.assert_array_equal(np.asarray(grey), binary)
    np.testing.assert_array_equal(np.asarray(color), instances)
