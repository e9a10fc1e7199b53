"""A frame goes to the encoder only if everything found is hidden in it, and nothing else changed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.verify.frames import require_hidden
from veil_vision.video.planes import Planes, hide_in_planes

FACES = Detections.of([(31, 25, 91, 95), (120.5, 70.2, 161, 118)])
SIZE = (201, 151)


def recipe(method=AnonymizationMethod.PIXELATE, *, feather=0.2, zones=()):
    target = Target(threshold=None, style=RegionStyle(Shape.ROUNDED, 0.1, feather), kernel_size=0.3)
    return Recipe(targets={ObjectClass.FACE: target}, method=method, ignore_zones=zones)


def frame(depth, subsampling, *, interlaced=False):
    """A picture with detail at the scale of a face's features."""
    chance, (width, height) = np.random.default_rng(4), SIZE
    wide = [SIZE, *[(-(-width // subsampling[0]), -(-height // subsampling[1]))] * 2]
    coarse = [chance.integers(0, 256, (26, 34), dtype=np.uint8) for _ in wide]
    full = [cv2.resize(each, size, interpolation=cv2.INTER_CUBIC) for each, size in zip(coarse, wide, strict=True)]
    arrays = full if depth == 8 else [each.astype(np.uint16) << (depth - 8) for each in full]
    return Planes(tuple(arrays), depth, subsampling, interlaced=interlaced)


def copy(planes):
    return replace(planes, arrays=tuple(each.copy() for each in planes.arrays))


@pytest.fixture(params=[(8, (2, 2), False), (8, (2, 2), True), (10, (2, 1), False), (12, (1, 1), False)], ids=str)
def before(request):
    depth, subsampling, interlaced = request.param
    return frame(depth, subsampling, interlaced=interlaced)


@pytest.mark.parametrize("method", AnonymizationMethod)
def test_every_method_in_every_kind_of_planes_passes(before, method):
    after = copy(before)
    used = recipe(method, zones=(Zone(50, 30, 70, 40),))
    regions = hide_in_planes(after, FACES, used, SIZE)
    hidden = require_hidden(before, after, FACES, regions, used)

    assert hidden.shape == (151, 201)
    assert hidden[60, 60]
    assert not hidden[35, 60]


def test_a_face_that_was_left_as_it_is_does_not_pass(before):
    after = copy(before)
    regions = hide_in_planes(after, FACES, recipe(), SIZE)
    x = slice(120, 162)
    after.arrays[0][70:118, x] = before.arrays[0][70:118, x]

    with pytest.raises(VerificationError, match="face was not replaced"):
        require_hidden(before, after, FACES, regions, recipe())


@pytest.mark.parametrize("plane", [1, 2])
def test_a_face_that_kept_its_colours_does_not_pass(before, plane):
    after = copy(before)
    regions = hide_in_planes(after, FACES, recipe(), SIZE)
    after.arrays[plane][...] = before.arrays[plane]

    with pytest.raises(VerificationError, match="kept its colours"):
        require_hidden(before, after, FACES, regions, recipe())


def test_one_flat_colour_that_a_method_repeats_passes(before):
    for plane in before.arrays[1:]:
        plane[...] = 128 << (before.depth - 8)
    after = copy(before)
    regions = hide_in_planes(after, FACES, recipe(AnonymizationMethod.BLACKEN), SIZE)

    assert require_hidden(before, after, FACES, regions, recipe(AnonymizationMethod.BLACKEN)).any()


def test_a_face_without_a_region_does_not_pass(before):
    after = copy(before)
    regions = hide_in_planes(after, FACES, recipe(), SIZE)

    with pytest.raises(VerificationError, match="covered whole"):
        require_hidden(before, after, FACES, regions[:1], recipe())


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_a_sample_that_changed_elsewhere_does_not_pass(before, plane):
    after = copy(before)
    regions = hide_in_planes(after, FACES, recipe(), SIZE)
    after.arrays[plane][-1, -1] ^= 1

    with pytest.raises(VerificationError, match="nothing was to be hidden"):
        require_hidden(before, after, FACES, regions, recipe())


def test_what_the_recipe_leaves_alone_need_not_be_hidden(before):
    person = Detections.of([(5, 5, 20, 20)], None, ObjectClass.PERSON)

    assert not require_hidden(before, copy(before), person, (), recipe()).any()
