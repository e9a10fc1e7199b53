"""Places in a shown frame are the same places in the stored one."""

import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import Zone
from veil_vision.image.orientation import upright
from veil_vision.video.orientation import (
    orientation_of,
    read_matrix,
    stored_boxes,
    stored_detections,
    stored_zone,
    turned,
)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mark_is_found_where_it_is_stored(orientation):
    stored = np.zeros((6, 9, 1), np.uint8)
    stored[1:3, 2:6] = 255
    shown = upright(stored, orientation)
    rows, columns = np.nonzero(shown[..., 0])
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)

    assert turned((9, 6), orientation) == shown.shape[1::-1]
    assert stored_boxes(box, (9, 6), orientation).tolist() == [[2, 1, 6, 3]]
    assert stored_zone(Zone(*map(int, box[0])), shown.shape[1::-1], orientation) == Zone(2, 1, 6, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_outline_is_turned_with_its_frame(orientation):
    stored = np.zeros((12, 18, 1), np.uint8)
    stored[1:7, 2:6] = stored[5:7, 2:12] = 255
    shown = upright(stored, orientation)
    height, width = shown.shape[:2]
    found = Detections.of([(0, 0, width, height)]).with_segments([Segment.of((0, 0, width, height), shown[..., 0] > 0)])

    (segment,) = stored_detections(found, (width, height), orientation).segments
    assert np.array_equal(segment.within((0, 0, 18, 12), 0), stored[..., 0] > 0)


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "orientation"),
    [(1, 0, 0, 1, 1), (0, 1, -1, 0, 6), (-1, 0, 0, -1, 3), (0, -1, 1, 0, 8), (-1, 0, 0, 1, 2), (1, 0, 0, -1, 4)],
)
def test_a_display_matrix_means_an_orientation(a, b, c, d, orientation):
    one = 1 << 16
    assert orientation_of((a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)) == orientation


@pytest.mark.parametrize(
    ("numbers", "orientation"),
    [
        ((0, 1 << 15, -(1 << 15), 0), 6),  # half as large
        ((114, 65535, -65535, 114), 6),  # 89.9 degrees
        ((65000, 8000, -8000, 65000), 1),
        ((46341, 46341, -46341, 46341), 1),
        ((0, 0, 0, 0), 1),
    ],
)
def test_a_matrix_that_is_no_plain_turn_means_the_nearest_one(numbers, orientation):
    a, b, c, d = numbers

    assert orientation_of((a, b, 0, c, d, 0, 0, 0, 1 << 30)) == orientation


def test_without_a_matrix_frames_stay_as_they_are():
    assert orientation_of(None) == 1


def test_a_matrix_of_another_length_is_refused():
    with pytest.raises(ValueError, match="36 bytes"):
        read_matrix(b"short")
