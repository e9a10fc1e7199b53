"""What is painted into planes is a function of the samples outside the regions, plane by plane."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.video.planes import Planes, hide_in_planes

FACE = ObjectClass.FACE
SUBSAMPLINGS = {"4:2:0": (2, 2), "4:2:2": (2, 1), "4:4:4": (1, 1), "4:1:1": (4, 1)}


def recipe(method=AnonymizationMethod.PIXELATE, *, shape=Shape.ROUNDED, margin=0.1, feather=0.0, zones=()):
    target = Target(threshold=None, style=RegionStyle(shape, margin, feather), kernel_size=0.3)
    return Recipe(targets={FACE: target}, method=method, ignore_zones=zones)


def noise(seed, size, depth=8, subsampling=(2, 2), *, colour=True, **kind):
    (width, height), (across, down) = size, subsampling
    chance = np.random.default_rng(seed)
    shapes = [(height, width)] + [(-(-height // down), -(-width // across))] * 2 * colour
    arrays = [chance.integers(0, 1 << depth, shape).astype(np.uint8 if depth == 8 else np.uint16) for shape in shapes]
    return Planes(tuple(arrays), depth, subsampling, **kind)


def copy(planes):
    return replace(planes, arrays=tuple(each.copy() for each in planes.arrays))


def hidden(regions, size):
    mask = np.zeros(size[::-1], bool)
    for region in regions:
        mask[region.rows, region.columns] |= region.core
    return mask


def under(mask, planes):
    """Per plane, which samples belong to a pixel of the mask; rows of one field have colour rows of that field."""
    across, down = planes.subsampling
    rows, columns = np.nonzero(mask)
    colour = np.zeros_like(planes.arrays[-1], bool)
    if planes.interlaced and down > 1:
        colour[(rows // 2 // down) * 2 + rows % 2, columns // across] = True
    else:
        colour[rows // down, columns // across] = True
    return [mask, colour, colour][: len(planes.arrays)]


coordinate = st.floats(-15, 60, width=32)
boxes = st.lists(st.tuples(coordinate, coordinate, st.floats(0, 40, width=32), st.floats(0, 40, width=32)), max_size=4)
recipes = st.builds(
    recipe,
    st.sampled_from(AnonymizationMethod),
    shape=st.sampled_from(Shape),
    margin=st.floats(0, 0.5),
    feather=st.sampled_from([0.0, 0.3]),
    zones=st.sampled_from([(), (Zone(11, 7, 20, 19),)]),
)


kinds = st.fixed_dictionaries(
    {
        "depth": st.sampled_from([8, 10, 12]),
        "subsampling": st.sampled_from([*SUBSAMPLINGS.values()]),
        "interlaced": st.booleans(),
        "colour": st.booleans(),
    }
)


@settings(max_examples=80)
@given(boxes, recipes, st.tuples(st.integers(8, 49), st.integers(8, 49)), kinds)
def test_frames_that_differ_only_under_the_regions_become_the_same_planes(found, used, size, kind):
    if kind["interlaced"] and size[1] % 4:
        size = (size[0], size[1] // 4 * 4)  # interlaced video has whole pairs of colour rows
    seen = Detections.of([(x, y, x + w, y + h) for x, y, w, h in found])
    one, other = (noise(seed, size, **kind) for seed in (1, 2))
    before = copy(one)
    regions = hide_in_planes(copy(one), seen, used, size)
    masks = under(hidden(regions, size), one)
    other = replace(
        other,
        arrays=tuple(
            np.where(mask, theirs, ours) for mask, ours, theirs in zip(masks, one.arrays, other.arrays, strict=True)
        ),
    )

    hide_in_planes(one, seen, used, size)
    hide_in_planes(other, seen, used, size)

    for ours, theirs in zip(one.arrays, other.arrays, strict=True):
        assert np.array_equal(ours, theirs)
    if not regions:
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays, before.arrays, strict=True))


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS.values(), ids=SUBSAMPLINGS)
@pytest.mark.parametrize("depth", [8, 10])
def test_a_sample_farther_than_a_block_from_the_regions_keeps_its_value(depth, subsampling):
    planes = noise(1, (64, 48), depth, subsampling)
    before = copy(planes)
    hide_in_planes(planes, Detections.of([(20, 14, 40, 30)]), recipe(shape=Shape.BOX, margin=0), (64, 48))

    beside = np.ones((48, 64), bool)
    beside[12:32, 16:44] = False
    for ours, theirs, across, down in zip(
        planes.arrays, before.arrays, (1, *[subsampling[0]] * 2), (1, *[subsampling[1]] * 2), strict=True
    ):
        kept = beside[::down, ::across]
        assert np.array_equal(ours[kept], theirs[kept])
        assert not np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("depth", "full_range", "black"),
    [(8, False, (16, 128, 128)), (8, True, (0, 128, 128)), (10, False, (64, 512, 512)), (10, True, (0, 512, 512))],
)
def test_black_is_black_in_every_range_and_depth(depth, full_range, black):
    planes = noise(1, (64, 48), depth, full_range=full_range)
    regions = hide_in_planes(planes, Detections.of([(21, 15, 41, 31)]), recipe(AnonymizationMethod.BLACKEN), (64, 48))

    for plane, mask, value in zip(planes.arrays, under(hidden(regions, (64, 48)), planes), black, strict=True):
        assert set(plane[mask].tolist()) == {value}


@pytest.mark.parametrize("method", [AnonymizationMethod.BLUR, AnonymizationMethod.PIXELATE])
@pytest.mark.parametrize("depth", [8, 10])
def test_a_method_takes_the_colour_around_it(method, depth):
    unit = 1 << (depth - 8)
    planes = noise(1, (96, 96), depth)
    for plane, value in zip(planes.arrays, (90, 60, 200), strict=True):
        plane[...] = value * unit
    hide_in_planes(planes, Detections.of([(30, 30, 60, 60)]), recipe(method), (96, 96))

    for plane, value, off in zip(planes.arrays, (90, 60, 200), (28, 9, 9), strict=True):
        assert np.abs(plane.astype(int) - value * unit).max() <= off * unit


def test_a_mosaic_keeps_its_pattern_where_its_object_moves():
    frames = []
    for moved in (0, 10):
        planes = noise(1, (160, 96))
        for plane in planes.arrays:
            plane[...] = 120
        box = Detections.of([(40 + moved, 30, 70 + moved, 60)])
        hide_in_planes(planes, replace(box, tracks=(7,)), recipe(margin=0, shape=Shape.BOX), (160, 96))
        frames.append(planes.arrays[0][30:60, 40 + moved : 70 + moved])

    assert np.array_equal(*frames)
    assert len(np.unique(frames[0])) > 10


def test_detections_of_a_small_copy_are_hidden_in_the_frame():
    planes = noise(1, (64, 48))
    regions = hide_in_planes(planes, Detections.of([(5, 4, 10, 8)]), recipe(margin=0), (16, 12))

    assert regions[0].box == (20, 16, 40, 32)


def test_without_a_method_nothing_is_painted_but_said_what_would_be():
    planes = noise(1, (64, 48))
    before = copy(planes)

    assert len(hide_in_planes(planes, Detections.of([(5, 4, 10, 8)]), recipe(None), (64, 48))) == 1
    assert all(np.array_equal(a, b) for a, b in zip(planes.arrays, before.arrays, strict=True))


@pytest.mark.parametrize(
    ("shapes", "depth", "dtype", "message"),
    [
        ([(8, 8)] * 2, 8, np.uint8, "1 or 3 planes"),
        ([(8, 8), (4, 4), (4, 4)], 7, np.uint8, "8 to 16 bits"),
        ([(9, 9), (4, 4), (4, 4)], 8, np.uint8, r"\(5, 5\)"),
        ([(8, 8), (4, 4), (4, 4)], 10, np.uint8, "uint16"),
    ],
)
def test_what_is_no_frame_is_an_error(shapes, depth, dtype, message):
    with pytest.raises(ValueError, match=message):
        Planes(tuple(np.zeros(shape, dtype) for shape in shapes), depth, (2, 2))


def test_a_class_that_the_recipe_does_not_name_is_left_alone():
    planes = noise(1, (64, 48))
    both = Detections.concat([Detections.of([(5, 4, 10, 8)], None, each) for each in (ObjectClass.PERSON, FACE)])

    assert [region.object_class for region in hide_in_planes(planes, both, recipe(), (64, 48))] == [FACE]
