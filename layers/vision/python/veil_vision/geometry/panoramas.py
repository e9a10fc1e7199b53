"""Panoramas of a full turn: the picture's left edge continues at its right one."""

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Boxes
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Tile


def window(pixels: NDArray[np.uint8], place: Tile) -> NDArray[np.uint8]:
    """Return a window of the picture; beyond the left edge it goes on at the right one, and the other way round.

    Args:
        pixels: uint8 (height, width, 3). Not copied where the window lies inside.
        place: Reaches beyond an edge by at most the width.
    """
    left, top, right, bottom = place
    rows, width = pixels[top:bottom], pixels.shape[1]
    inside = rows[:, max(left, 0) : right]
    if left >= 0 and right <= width:
        return inside
    return np.concatenate([rows[:, width + min(left, 0) :], inside, rows[:, : max(right - width, 0)]], axis=1)


def normalized(boxes: Boxes, width: int) -> Boxes:
    """Return the boxes turned so that each starts inside the picture; it may end beyond the right edge."""
    turns = np.floor(boxes[:, :1] / width) * width
    return np.asarray(boxes - turns * np.array([1, 0, 1, 0]), dtype=np.float32)


def on_both_sides(found: Detections, width: int) -> Detections:
    """Return normalized detections, and again at the left edge those that end beyond the right one.

    Both name the whole object, and the picture's edges cut them: so the shape that hides it, which follows from
    its whole box, continues across the seam. The boxes of the two differ by the width and nothing else, to the
    last bit: they are widened to whole pixels.
    """
    crosses = found.boxes[:, 2] > width
    boxes = found.boxes.copy()
    boxes[crosses] = np.concatenate([np.floor(boxes[crosses, :2]), np.ceil(boxes[crosses, 2:])], axis=1)
    whole = Detections(boxes, found.scores, found.classes)
    again = whole.select(crosses)
    left = Detections(again.boxes - np.array([width, 0, width, 0], dtype=np.float32), again.scores, again.classes)
    # What starts within a rounding error of the right edge starts at the left one.
    return Detections.concat([whole.select(boxes[:, 0] < width), left])
