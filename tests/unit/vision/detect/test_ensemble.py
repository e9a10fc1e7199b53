"""What is searched for, with which detectors, and from which score."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.ensemble import detectors_for, find_all, to_rgb8, united
from veil_vision.detect.thresholds import threshold_of
from veil_vision.errors import FormatMismatchError, ModelMissingError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass

MARK, PALE = (100, 60, 140, 110), (200, 60, 240, 110, 100)
side = st.integers(1, 40)
boxes = st.builds(lambda x, y, w, h: (x, y, x + w, y + h), st.integers(0, 60), st.integers(0, 60), side, side)


def test_a_detector_is_used_for_the_classes_it_finds(scenes):
    finder = scenes.finder()

    assert detectors_for(scenes.recipe(), [finder]) == [finder]


def test_a_class_that_no_detector_finds_is_refused_by_name(scenes):
    with pytest.raises(ModelMissingError, match="face"):
        detectors_for(scenes.recipe(), [])


def test_without_a_threshold_in_the_recipe_the_detectors_own_counts(scenes):
    assert threshold_of(scenes.finder(), ObjectClass.FACE, scenes.recipe()) == 0.5
    assert threshold_of(scenes.finder(), ObjectClass.FACE, scenes.recipe(threshold=0.3)) == 0.3


@pytest.mark.parametrize("chosen", [0.0, 0.1])
def test_no_recipe_makes_a_detector_report_noise(scenes, chosen):
    assert threshold_of(scenes.finder(), ObjectClass.FACE, scenes.recipe(threshold=chosen)) == 0.25


def test_only_what_reaches_the_threshold_is_found(scenes):
    pixels = scenes.marked(MARK, PALE)

    sure, all_of_them = (find_all(pixels, scenes.recipe(threshold=least), [scenes.finder()]) for least in (0.5, 0.3))

    np.testing.assert_array_equal(sure.boxes, [MARK])
    assert len(all_of_them) == 2


def test_a_grid_of_tiles_finds_what_the_whole_picture_shows_once(scenes):
    pixels = scenes.marked(MARK, (10, 10, 40, 40))

    found = find_all(pixels, scenes.recipe(grid=Grid(3, 2, 0.2, 0.2)), [scenes.finder()])

    assert sorted(found.boxes.tolist()) == [[10, 10, 40, 40], list(MARK)]


def test_a_grid_for_another_size_is_refused(scenes):
    with pytest.raises(FormatMismatchError):
        find_all(scenes.marked(), scenes.recipe(grid=Grid(4, 2, width=8000, height=4000)), [scenes.finder()])


def test_detectors_see_grey_and_deep_pictures_as_they_see_any_other():
    grey = np.full((4, 6, 1), 200, np.uint8)
    deep = np.full((4, 6, 3), 200 * 257, np.uint16)

    assert to_rgb8(grey).shape == to_rgb8(deep).shape == (4, 6, 3)
    assert (to_rgb8(grey) == 200).all()
    assert (to_rgb8(deep) == 200).all()


def test_a_missing_class_is_refused_with_the_command_that_installs_it(scenes):
    recipe = replace(scenes.recipe(), targets=dict.fromkeys([ObjectClass.PERSON], scenes.recipe().targets["face"]))

    with pytest.raises(ModelMissingError, match=r"person.*`veil models pull street`"):
        detectors_for(recipe, [scenes.finder()])


def test_a_second_opinion_adds_what_it_sees_and_widens_what_both_see():
    first = Detections.of([[10, 10, 30, 30], [100, 100, 120, 120]], [0.9, 0.8])
    second = Detections.of([[12, 8, 36, 28], [60, 60, 70, 70]], [0.5, 0.4])

    both = united(first, second)

    assert both.boxes.tolist() == [[10, 8, 36, 30], [100, 100, 120, 120], [60, 60, 70, 70]]
    assert both.scores.tolist() == pytest.approx([0.9, 0.8, 0.4])


def test_a_box_within_another_is_the_same_object_whichever_is_larger():
    whole, part = Detections.of([[0, 0, 100, 50]]), Detections.of([[10, 10, 30, 20]])

    assert united(whole, part).boxes.tolist() == united(part, whole).boxes.tolist() == [[0, 0, 100, 50]]


def test_objects_of_different_classes_are_never_one():
    face, person = Detections.of([[0, 0, 10, 10]]), Detections.of([[0, 0, 10, 10]], None, ObjectClass.PERSON)

    assert united(face, person).classes == (ObjectClass.FACE, ObjectClass.PERSON)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_whatever_either_opinion_saw_lies_in_what_is_hidden(first, second):
    both = united(Detections.of(first), Detections.of(second))

    for x1, y1, x2, y2 in first + second:
        low, high = both.boxes[:, :2] <= [x1, y1], both.boxes[:, 2:] >= [x2, y2]
        assert (low.all(axis=1) & high.all(axis=1)).any()
