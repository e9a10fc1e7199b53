"""What the whole picture and its tiles both show, and what only one of them does.

A network sees them at different lengths and errs in each by itself: two faint sightings of one object are worth more
than a surer one where the other look sees nothing.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import iou
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import SearchPlan

# Boxes of one class in two looks that overlap this much show one object.
SAME_OBJECT_IOU = 0.5
# Share of the wanted score from which a sighting speaks for another look's. Below, networks report noise.
FAINT_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LookResult:
    """What one look shows.

    Attributes:
        found: All of it, from the faint scores on.
        in_both: bool (n,), whether the other look shows the place as well, so that it could have seen the same.
    """

    found: Detections
    in_both: NDArray[np.bool_]


def weighed(some: LookResult, others: LookResult, plan: SearchPlan, *, turn: int | None = None) -> list[Detections]:
    """Return what either look shows, with scores that tell how much both speak for it; `turn`: see `intersection`."""
    same = iou(some.found.boxes, others.found.boxes, turn=turn) >= SAME_OBJECT_IOU
    same &= some.found.of_one_class(others.found)
    return [_weighed(some, others.found, same, plan), _weighed(others, some.found, same.T, plan)]


def _weighed(result: LookResult, others: Detections, same: NDArray[np.bool_], plan: SearchPlan) -> Detections:
    own = result.found.scores
    other = np.where(same, others.scores, 0).max(axis=1, initial=0)
    together = plan.surer_share * np.maximum(own, other) + plan.fainter_share * np.minimum(own, other)
    scores = np.where(result.in_both | (other > 0), together.clip(0, 1), own)
    return replace(result.found, scores=scores.astype(np.float32))
