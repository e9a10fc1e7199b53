"""Regions are hidden at once only where that is the same as one after the other."""

import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide, ring
from veil_vision.hide.turns import turns

SIZE = {"width": 400, "height": 100}


def boxes(*places):
    style = RegionStyle(Shape.BOX, margin=0)
    return regions_of(
        Detections.of([(*each, each[0] + 20, each[1] + 20) for each in places]), {ObjectClass.FACE: style}, **SIZE
    )


def taken(regions):
    return list(turns(regions, [ring(each, (100, 400)) for each in regions]))


def test_regions_that_read_nothing_of_each_other_take_one_turn():
    assert taken(boxes((10, 10), (100, 10), (200, 10))) == [[(0, [0]), (1, [1]), (2, [2])]]


def test_of_neighbours_the_later_one_waits_and_the_earlier_one_does_not_read_it():
    assert taken(boxes((10, 10), (32, 10), (200, 10))) == [[(0, [0, 1]), (2, [2])], [(1, [1])]]


def test_a_chain_of_neighbours_takes_as_many_turns_as_it_has_links():
    assert [[index for index, _ in turn] for turn in taken(boxes((10, 10), (32, 10), (54, 10), (76, 10)))] == [
        [0], [1], [2], [3],
    ]  # fmt: skip


def test_without_regions_there_is_no_turn():
    assert taken(()) == []


@pytest.mark.parametrize("method", AnonymizationMethod)
def test_what_is_hidden_at_once_looks_as_if_hidden_one_by_one(method):
    regions = boxes((10, 10), (100, 10), (150, 40), (300, 70))
    picture = np.random.default_rng(1).integers(0, 256, (100, 400, 3), np.uint8)
    sizes = {ObjectClass.FACE: 0.35}

    one_by_one = picture
    for region in regions:
        one_by_one = hide(one_by_one, [region], method, kernel_sizes=sizes, seed=1)
    at_once = hide(picture, regions, method, kernel_sizes=sizes, seed=1)

    assert np.abs(at_once.astype(int) - one_by_one).max() <= 1
