"""Make one of what several views of a picture show of the same object."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Boxes, area, intersection, iou, suppress
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.panoramas import normalized

MERGE_IOU = 0.4
# A cut object and the whole one share nearly all of the cut one's area, however little that is of the whole.
FRAGMENT_COVER = 0.5
# Of what is seen from near and is part of an object, about all lies in the object.
PART_COVER = 0.9


def merge(found: Detections, cut: NDArray[np.bool_], *, turn: int | None = None) -> Detections:
    """Return the detections of several overlapping views without duplicates.

    Whole objects suppress each other by overlap; what stays grows to hold what it suppressed, for the surer view need
    not be the one that saw the whole object. A cut one, whose view ended within it, goes when half of it lies in a
    whole one; where nothing whole was found it stays, since part of a face is a face. `turn`: see `intersection`.
    """
    boxes, kept = found.boxes.copy(), [np.empty(0, np.intp)]
    for name in set(found.classes):
        members = np.array([seen == name for seen in found.classes])
        kept.append(_merge_class(found, boxes, members, cut, turn))
    return replace(found, boxes=boxes).select(np.sort(np.concatenate(kept)))


def without_parts(found: Detections, *, most_side: float) -> Detections:
    """Return the detections without those that lie in a surer one of their class, which is no longer than this.

    From near, half a face looks like a face. Where it counts, what it lies in does, too: that is surer, and too small
    for the doubts about what is large. So nothing less is hidden.
    """
    cover = intersection(found.boxes, found.boxes) >= PART_COVER * area(found.boxes)[:, None]
    surer = found.scores > found.scores[:, None]
    small = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) < most_side
    return found.select(~(cover & surer & small & found.of_one_class(found)).any(axis=1))


def _merge_class(
    found: Detections, boxes: Boxes, members: NDArray[np.bool_], cut: NDArray[np.bool_], turn: int | None
) -> NDArray[np.intp]:
    """Return the indices to keep among the members, and let their boxes grow."""
    whole, parts = (_suppressed(found, boxes, np.flatnonzero(members & flags), turn) for flags in (~cut, cut))
    hidden = _covered(boxes[parts], boxes[whole], turn)
    return np.concatenate([whole, parts[~hidden]])


def _suppressed(found: Detections, boxes: Boxes, indices: NDArray[np.intp], turn: int | None) -> NDArray[np.intp]:
    """Return which of the indices are kept; their boxes grow over those that go, each over what overlaps it most."""
    chosen = suppress(found.boxes[indices], found.scores[indices], iou_threshold=MERGE_IOU, turn=turn)
    kept, gone = indices[chosen], np.delete(indices, chosen)
    if gone.size:
        owners = kept[iou(found.boxes[gone], found.boxes[kept], turn=turn).argmax(axis=1)]
        beside = _beside(found.boxes[gone], found.boxes[owners], turn)
        np.minimum.at(boxes[:, :2], owners, beside[:, :2])
        np.maximum.at(boxes[:, 2:], owners, beside[:, 2:])
        if turn is not None:
            boxes[kept] = normalized(boxes[kept], turn)
    return kept


def _beside(boxes: Boxes, others: Boxes, turn: int | None) -> Boxes:
    """Return the boxes (n, 4), each moved by whole turns to where the other of its row lies; `turn`: `intersection`."""
    if turn is None:
        return boxes
    apart = np.rint((others[:, 0] + others[:, 2] - boxes[:, 0] - boxes[:, 2]) / (2 * turn)) * turn
    return boxes + np.stack([apart, np.zeros_like(apart)] * 2, axis=1).astype(np.float32)


def _covered(parts: Boxes, whole: Boxes, turn: int | None) -> NDArray[np.bool_]:
    shared = intersection(parts, whole, turn=turn).max(axis=1, initial=0)
    return np.asarray(shared >= FRAGMENT_COVER * area(parts))
