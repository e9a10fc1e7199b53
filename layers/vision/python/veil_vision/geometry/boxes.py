"""Boxes: float32 arrays of shape (n, 4), columns x1 y1 x2 y2, half-open, in pixels of the upright image."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
# A whole-pixel box: x1, y1, x2, y2.
Window = tuple[int, int, int, int]

# Boxes that are compared with all others in one step: many steps take long, and many boxes much memory.
AT_ONCE = 64


def cover(boxes: Boxes, *, width: int, height: int, margin: float = 0.0) -> NDArray[np.intp]:
    """Return whole-pixel boxes that cover every pixel the given boxes touch.

    Grows each box by `margin` times its size on every side, rounds outward, clips to the
    image, and drops boxes that end up outside it. The result has shape (m, 4), m <= n.
    """
    whole = windows_of(grow(boxes, margin), width=width, height=height)
    return whole[(whole[:, 2] > whole[:, 0]) & (whole[:, 3] > whole[:, 1])]


def windows_of(boxes: Boxes, *, width: int, height: int) -> NDArray[np.intp]:
    """Return for each box, shape (n, 4), the window of the image's pixels it touches: empty where it lies outside."""
    whole = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    return whole.clip(0, [width, height, width, height]).astype(np.intp)


def grow(boxes: Boxes, margin: float) -> Boxes:
    """Return boxes grown by `margin` times their own size on every side, not clipped."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] - margin * sides, boxes[:, 2:] + margin * sides], axis=1).astype(np.float32)


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area of each box in square pixels, shape (n,)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def intersection(boxes: Boxes, others: Boxes, *, turn: int | None = None) -> NDArray[np.float32]:
    """Return the pairwise intersection areas, shape (n, m).

    `turn` is the width of a panorama of a full turn, in which x and x + turn are the same place. There
    every box starts in 0 to `turn` and is no wider than that.
    """
    if turn is not None:
        shifts = [np.array([shift, 0, shift, 0], dtype=np.float32) for shift in (-turn, 0, turn)]
        return np.asarray(sum(intersection(boxes + shift, others) for shift in shifts), dtype=np.float32)
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = (high - low).clip(0)
    return np.asarray(sides[..., 0] * sides[..., 1], dtype=np.float32)


def iou(boxes: Boxes, others: Boxes, *, turn: int | None = None) -> NDArray[np.float32]:
    """Return the pairwise intersection over union, shape (n, m); 0 for two empty boxes. `turn`: see `intersection`."""
    shared = intersection(boxes, others, turn=turn)
    union = area(boxes)[:, None] + area(others)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), dtype=np.float32)


def unturned(boxes: Boxes, quarters: int, *, width: int, height: int) -> Boxes:
    """Return boxes of a turned picture as they lie in the picture that was turned.

    Args:
        boxes: In pixels of the turned picture.
        quarters: By how many quarters it was turned, counterclockwise, as by `np.rot90`.
        width: Of the picture before.
        height: Of the picture before.
    """
    left, top, right, bottom = boxes.T
    sides = {
        0: (left, top, right, bottom),
        1: (width - bottom, left, width - top, right),
        2: (width - right, height - bottom, width - left, height - top),
        3: (top, height - right, bottom, height - left),
    }
    return np.stack(sides[quarters % 4], axis=1).astype(np.float32)


def suppress(
    boxes: Boxes, scores: NDArray[np.float32], *, iou_threshold: float, turn: int | None = None
) -> NDArray[np.intp]:
    """Return the indices that greedy non-maximum suppression keeps, best score first.

    Ties keep the earlier box, so equal input gives equal output on every machine. `turn`: see `intersection`.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while waiting.size:
        best = waiting[:AT_ONCE]
        apart = iou(boxes[best], boxes[waiting], turn=turn) <= iou_threshold
        stays = np.ones(waiting.size, np.bool_)
        for rank, index in enumerate(best.tolist()):
            if stays[rank]:
                kept.append(index)
                stays &= apart[rank]
        waiting = waiting[best.size :][stays[best.size :]]
    return np.array(kept, dtype=np.intp)
