"""Objects followed through the frames of a span, from every sighting in both directions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import iou
from veil_vision.geometry.detections import Detections

# Boxes that overlap this much show one object in neighbouring frames.
SAME_PLACE = 0.1
# Frames in sequence in which an object that is followed may go unseen.
PATIENCE = 5
# By this share of its size on each side the place grows that is looked at, for each of these frames.
DRIFT = 0.25
NOTHING = Detections.of([])

LookNear = Callable[[int, Detections], Detections]
"""Given a frame's number and places, returns what is seen there."""
IsStrong = Callable[[int, Detections], NDArray[np.bool_]]
"""Given a frame's number, tells which detections in it count by themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class FollowResult:
    """What came of following.

    Attributes:
        seen: By frame, with what was found by looking nearby.
        known: Where objects were last, of those that are to be followed into the next frame.
        earlier: Where objects were first, of those that are to be followed into the frame before the first: such as
            what the look at the first frame lacks, which nobody has followed there yet.
    """

    seen: list[Detections | None]
    known: Detections
    earlier: Detections


def follow(
    seen: Sequence[Detections | None],
    look_near: LookNear,
    is_strong: IsStrong,
    *,
    before: Detections | None = None,
    after: Detections | None = None,
) -> FollowResult:
    """Look in each frame of a span for what the frames beside it show: forward first, then backward.

    Args:
        seen: By frame; None where nobody can look.
        look_near: Asked for what a frame lacks: objects that a neighbouring one shows and it does not.
        is_strong: Only what counts by itself is followed, for as long as it is seen, however faintly.
        before: Where objects were in the frame before the first; none at the beginning of a shot.
        after: What the frame after the last shows; none at the end of a shot.
    """
    found = list(seen)
    known = _follow(found, range(len(found)), before or NOTHING, look_near, is_strong)
    at_end = NOTHING if after is None else after.select(is_strong(len(found), after))
    earlier = follow_back(found, look_near, is_strong, at_end)
    return FollowResult(found, known, earlier.select(~_at(earlier, (seen[0] if seen else None) or NOTHING)))


def follow_back(
    found: list[Detections | None], look_near: LookNear, is_strong: IsStrong, after: Detections
) -> Detections:
    """Add to what was found in the frames of a span what is followed into it from the frame after the last.

    Returns where objects were first, of those that are to be followed into the frame before the first.
    """
    return _follow(found, range(len(found) - 1, -1, -1), after, look_near, is_strong)


def _follow(
    found: list[Detections | None], frames: Iterable[int], known: Detections, look_near: LookNear, is_strong: IsStrong
) -> Detections:
    """Add to what was found in the frames, in their order, and return what is to be followed further."""
    unseen = np.zeros(len(known), np.intp)
    for frame in frames:
        here = found[frame]
        if here is None:
            continue
        gone = ~_at(known, here)
        if gone.any():
            near = look_near(frame, _drifted(known, unseen).select(gone))
            here = Detections.concat([here, near.select(~_at(near, here))])
            found[frame] = here
        patient = ~_at(known, here) & (unseen + 1 < PATIENCE)
        followed = here.select(is_strong(frame, here) | _at(here, known))
        unseen = np.concatenate([np.zeros(len(followed), np.intp), unseen[patient] + 1])
        known = Detections.concat([followed, known.select(patient)])
    return known


def _drifted(places: Detections, frames: NDArray[np.intp]) -> Detections:
    """Return places that hold what may have moved for so many frames."""
    sides = np.tile(places.boxes[:, 2:] - places.boxes[:, :2], 2) * np.array([-1, -1, 1, 1])
    return replace(places, boxes=(places.boxes + DRIFT * frames[:, None] * sides).astype(np.float32))


def _at(places: Detections, others: Detections) -> NDArray[np.bool_]:
    """Return for each place whether one of the others, of its class, lies there."""
    same = np.array([[mine is its for its in others.classes] for mine in places.classes], np.bool_)
    overlap = iou(places.boxes, others.boxes) >= SAME_PLACE
    return np.asarray((overlap & same.reshape(overlap.shape)).any(axis=1), dtype=np.bool_)
