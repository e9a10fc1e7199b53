"""Merging: of what several views show, each object once and as far as any view saw it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.merging import merge, without_parts
from veil_vision.geometry.boxes import area, intersection
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass


def test_a_half_seen_object_goes_when_the_whole_one_is_there():
    found = Detections.of([[0, 0, 100, 100], [0, 60, 100, 100], [300, 0, 340, 40]], [0.6, 0.9, 0.5])

    merged = merge(found, np.array([False, True, False]))

    assert merged.boxes.tolist() == [[0, 0, 100, 100], [300, 0, 340, 40]]


def test_a_half_seen_object_stays_when_nothing_else_shows_it():
    found = Detections.of([[0, 0, 100, 50], [0, 50, 100, 100]])

    merged = merge(found, np.array([True, True]))

    assert len(merged) == 2


def test_a_large_object_survives_small_ones_inside_it():
    found = Detections.of([[10, 10, 40, 40], [0, 0, 200, 200]], [0.9, 0.5])

    merged = merge(found, np.array([False, False]))

    assert len(merged) == 2


def test_what_stays_grows_over_what_it_suppressed_since_the_surer_view_may_have_seen_less():
    found = Detections.of([[0, 0, 100, 100], [0, 10, 90, 180], [300, 0, 340, 40]], [0.9, 0.5, 0.4])

    merged = merge(found, np.array([False, False, False]))

    assert merged.boxes.tolist() == [[0, 0, 100, 180], [300, 0, 340, 40]]


@given(st.integers(0, 2**32 - 1))
def test_whatever_whole_view_saw_an_object_all_of_it_lies_in_what_stays(seed):
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (12, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(1, 60, (12, 2))], axis=1).astype(np.float32)

    merged = merge(Detections.of(boxes, rng.uniform(0, 1, 12)), np.zeros(12, np.bool_))

    assert np.allclose(intersection(boxes, merged.boxes).max(axis=1), area(boxes), rtol=1e-4)


def test_what_grows_across_the_seam_of_a_full_turn_grows_on_its_own_side():
    found = Detections.of([[90, 0, 130, 40], [0, 0, 35, 40]], [0.9, 0.5])

    merged = merge(found, np.array([False, False]), turn=100)

    assert merged.boxes.tolist() == [[90, 0, 135, 40]]


def test_objects_of_different_classes_never_replace_each_other():
    person = Detections.of([[0, 0, 50, 50]], [0.9], ObjectClass.PERSON)
    face = Detections.of([[0, 0, 50, 50]], [0.5], ObjectClass.FACE)

    merged = merge(Detections.concat([person, face]), np.array([False, True]))

    assert merged.classes == (ObjectClass.PERSON, ObjectClass.FACE)


def test_nothing_merges_to_nothing():
    assert len(merge(Detections.of([]), np.zeros(0, np.bool_))) == 0


@pytest.mark.parametrize(
    ("part", "score", "side", "goes"),
    [
        ([12, 30, 32, 40], 0.6, 40, True),
        ([30, 30, 42, 40], 0.6, 40, False),  # less than nine tenths lie in it
        ([12, 30, 32, 40], 0.9, 40, False),  # it may count where the other does not
        ([12, 30, 32, 40], 0.6, 80, False),  # what is large may turn out to be nothing
    ],
)
def test_what_lies_in_a_surer_small_box_is_part_of_it(part, score, side, goes):
    found = Detections.of([[0, 0, side, side], part], [0.8, score])

    assert len(without_parts(found, most_side=60)) == (1 if goes else 2)


def test_an_object_of_another_class_is_no_part():
    face, plate = (
        Detections.of([[0, 0, 40, 40]], [0.8]),
        Detections.of([[12, 30, 32, 40]], [0.6], ObjectClass.LICENSE_PLATE),
    )

    assert len(without_parts(Detections.concat([face, plate]), most_side=60)) == 2
