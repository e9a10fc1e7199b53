"""The second look: crops of many places in one picture."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.detect.atlas import look_again
from veil_vision.geometry.boxes import iou
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import AtlasPlan

PLAN = AtlasPlan(window_side=64, most_scale=2.0, context=2.5, atlas_side=1024)
FACE = np.array([[175, 53, 275, 180]])


@dataclass
class MarkFinder:
    """Finds every red mark, and remembers how large the pictures were."""

    shapes: list = field(default_factory=list)

    def detect(self, pixels, *, threshold, long_side):
        self.shapes.append(pixels.shape)
        marks = ((pixels[..., 0] > 128) & (pixels[..., 1] < 64)).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(marks)
        return Detections.of([[x, y, x + width, y + height] for x, y, width, height, _ in stats[1:]])


@given(data=st.data(), count=st.integers(1, 30))
@settings(max_examples=40)
def test_what_is_seen_in_the_atlas_comes_back_to_where_it_is_in_the_picture(data, count):
    """One mark per cell of a grid, so that no crop shows two."""
    photo = np.full((600, 2000, 3), 200, np.uint8)
    marks = []
    for index in range(count):
        left, top = index % 10 * 200 + 70, index // 10 * 200 + 70
        side = data.draw(st.integers(8, 60))
        photo[top : top + side, left : left + side] = [255, 0, 0]
        marks.append((left, top, left + side, top + side))

    found = look_again(MarkFinder(), photo, marks, threshold=0.5, plan=PLAN)

    assert len(found) == count
    assert (iou(found.boxes, np.array(marks, np.float32)).max(axis=0) > 0.7).all()


def test_many_windows_share_few_small_pictures():
    photo = np.full((3000, 4000, 3), 200, np.uint8)
    windows = [(x, y, x + 90, y + 120) for x in range(100, 3900, 200) for y in range(100, 2900, 300)]
    finder = MarkFinder()

    look_again(finder, photo, windows, threshold=0.5, plan=PLAN)

    assert len(windows) == 190
    assert len(finder.shapes) <= 6
    assert all(max(shape[:2]) <= PLAN.atlas_side and shape[0] % 32 == shape[1] % 32 == 0 for shape in finder.shapes)


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (6, 3, 2), (12, 4, 3), (25, 5, 5)])
def test_few_windows_take_a_picture_hardly_larger_than_their_crops(count, columns, rows):
    photo = np.full((3000, 4000, 3), 200, np.uint8)
    windows = [(x, y, x + 64, y + 64) for x in range(500, 3500, 600) for y in range(500, 2500, 400)][:count]
    finder = MarkFinder()

    look_again(finder, photo, windows, threshold=0.5, plan=PLAN)

    side, gap = 160, 16
    ((height, width, _),) = finder.shapes
    assert width * height <= (columns * (side + gap) + 16) * (rows * (side + gap) + 16)


def test_no_window_costs_no_look():
    finder = MarkFinder()

    found = look_again(finder, np.zeros((10, 10, 3), np.uint8), np.empty((0, 4), np.intp), threshold=0.5, plan=PLAN)

    assert len(found) == 0
    assert finder.shapes == []


def test_windows_at_the_border_and_as_large_as_the_picture_are_looked_at():
    photo = np.full((300, 400, 3), 200, np.uint8)
    photo[:20, :20] = photo[-20:, -20:] = [255, 0, 0]

    found = look_again(
        MarkFinder(), photo, [(0, 0, 20, 20), (380, 280, 400, 300), (0, 0, 400, 300)], threshold=0.5, plan=PLAN
    )

    assert {tuple(box) for box in found.boxes[:2].round().tolist()} == {(0, 0, 20, 20), (380, 280, 400, 300)}
    assert len(found) == 4


def test_a_face_still_visible_in_its_window_is_seen_again(face_detector, astronaut):
    found = look_again(face_detector, astronaut, FACE, threshold=0.30, plan=PLAN)

    assert len(found) == 1
    assert iou(found.boxes, FACE.astype(np.float32))[0, 0] > 0.6


def test_a_painted_over_face_is_not_seen_again(face_detector, astronaut):
    painted = astronaut.copy()
    painted[30:210, 150:300] = 127

    found = look_again(face_detector, painted, [(150, 30, 300, 210)], threshold=0.15, plan=PLAN)

    assert len(found) == 0
