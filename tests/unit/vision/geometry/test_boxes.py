"""Geometry rounds outward."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.boxes import AT_ONCE, cover, iou, suppress, unturned
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass

edge = st.floats(min_value=-50, max_value=150, width=32)
corners = st.tuples(edge, edge, edge, edge).map(
    lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3]))
)


@given(corners)
def test_a_cover_holds_every_pixel_the_box_touches(box):
    x1, y1, x2, y2 = box
    covered = np.zeros((100, 100), bool)

    for left, top, right, bottom in cover(Detections.of([box]).boxes, width=100, height=100):
        covered[top:bottom, left:right] = True

    rows, columns = np.mgrid[0:100, 0:100]
    touched = (columns < x2) & (columns + 1 > x1) & (rows < y2) & (rows + 1 > y1)
    assert covered[touched].all()


@given(corners)
def test_a_cover_lies_inside_the_image(box):
    whole = cover(Detections.of([box]).boxes, width=100, height=80, margin=0.5)

    assert ((whole >= 0) & (whole <= [100, 80, 100, 80])).all()


@given(
    quarters=st.integers(0, 7),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    data=st.data(),
)
def test_a_box_of_a_turned_picture_returns_to_the_pixels_it_came_from(quarters, size, data):
    width, height = size
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x2, y2 = data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height))
    picture = np.zeros((height, width), bool)
    picture[y1:y2, x1:x2] = True
    rows, columns = np.nonzero(np.rot90(picture, quarters))
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)

    (box,) = unturned(seen, quarters, width=width, height=height)

    assert box.tolist() == [x1, y1, x2, y2]


@given(st.lists(corners, min_size=1, max_size=8))
def test_suppression_keeps_the_best_box_and_no_two_that_overlap_too_much(boxes):
    seen = Detections.of(boxes, np.linspace(0.1, 0.9, len(boxes)))

    kept = suppress(seen.boxes, seen.scores, iou_threshold=0.3)

    assert kept[0] == len(boxes) - 1
    overlaps = iou(seen.boxes[kept], seen.boxes[kept])
    assert (overlaps[~np.eye(len(kept), dtype=bool)] <= 0.3).all()


def test_of_many_boxes_that_overlap_in_pairs_the_better_ones_stay_in_their_order():
    """More than are compared in one step: each pair's second box is far behind the first in the order of scores."""
    left = 20 * np.tile(np.arange(AT_ONCE + 10), 2)
    seen = Detections.of(np.stack([left, 0 * left, left + 10, 0 * left + 10], axis=1), np.linspace(1, 0, len(left)))

    assert suppress(seen.boxes, seen.scores, iou_threshold=0.3).tolist() == list(range(AT_ONCE + 10))


@pytest.mark.parametrize(
    ("boxes", "scores", "complaint"),
    [
        pytest.param([[0, 0, float("nan"), 1]], [1], "finite", id="not a number"),
        pytest.param([[5, 0, 1, 1]], [1], "x1 <= x2", id="x2 before x1"),
        pytest.param([[0, 0, 1, 1]], [1.5], "between 0 and 1", id="score above 1"),
        pytest.param([[0, 0, 1, 1]], [], r"shape \(0, 4\)", id="a box without a score"),
    ],
)
def test_impossible_detections_are_refused_where_they_enter(boxes, scores, complaint):
    with pytest.raises(ValueError, match=complaint):
        Detections.of(boxes, scores)


def test_detections_cannot_be_changed_afterwards():
    seen = Detections.of([[0, 0, 1, 1]])

    with pytest.raises(ValueError, match="read-only"):
        seen.boxes[0, 0] = 5


def test_concatenation_keeps_order_and_class():
    face = Detections.of([[0, 0, 1, 1]])
    plate = Detections.of([[2, 2, 3, 3]], [0.5], ObjectClass.LICENSE_PLATE)

    both = Detections.concat([Detections.of([]), face, plate])

    assert both.classes == (ObjectClass.FACE, ObjectClass.LICENSE_PLATE)
    assert both.select(np.array([1])).boxes.tolist() == [[2, 2, 3, 3]]
