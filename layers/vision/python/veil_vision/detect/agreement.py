"""What several models say of one picture together: faint boxes on which two agree, and what one sees alone.

Each model has its own false faces, so what two of them see at one place is more than either alone: below its own
threshold a box counts if another model sees it too, and a box that would hide much of the picture counts only then.
And where others see nothing of what is large enough for them, one model alone must be surer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.inputs import Pixels, resize, scaled_size
from veil_vision.detect.tiles import search
from veil_vision.geometry.boxes import Boxes, area, iou
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import SearchPlan

# Boxes by different models that overlap this much show one object. They are drawn differently, so it is not much.
SAME_PLACE = 0.3
# A face of this share of the picture is a giant.
GIANT = 1 / 8
# Length of the picture's longer side at which a giant is looked at once more, and the least score from which that
# proves something against a model that sees nothing. Pizzas and telephones are no faces from afar.
AFAR, SURE_FROM_AFAR = 160, 0.7
# Longer side, in pixels of the look at the whole, from which every model sees a face. Of 131 faces and of the same ones
# cut and made small, all that YuNet sees alone are shorter.
SEEN_BY_ALL = 40


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one model saw of one class.

    Attributes:
        detector: Who looked.
        plan: How closely.
        seen: All of it, from the faint score on.
        least: Score from which it counts.
        faint: Score from which it counts if another model sees it too.
        alone: Score from which it counts, where it is higher, if it is large and other models that look see nothing.
    """

    detector: Detector
    plan: SearchPlan
    seen: Detections
    least: float
    faint: float
    alone: float = 0.0

    @property
    def counted(self) -> Detections:
        """What the model saw well enough."""
        return self.seen.select(self.seen.scores >= self.least)


def agreed(looks: Sequence[Look], pixels: Pixels) -> list[Detections]:
    """Return for each look what it saw, however faintly, at a place where another saw it too; giants are left out."""
    found = []
    for look in looks:
        others = [other.seen.boxes for other in looks if other is not look]
        known = _overlap(look.seen.boxes, others) & ~_is_giant(look.seen.boxes, pixels)
        found.append(look.seen.select(known))
    return found


def without_doubtful(looks: Sequence[Look], pixels: Pixels) -> list[Look]:
    """Return the looks without boxes for which nothing but one look speaks, and not surely enough for their size."""
    return [replace(look, seen=_believable(look, looks, pixels)) for look in looks]


def _believable(look: Look, looks: Sequence[Look], pixels: Pixels) -> Detections:
    boxes, scores = look.seen.boxes, look.seen.scores
    others = [other.seen.boxes for other in looks if other is not look]
    lone = (scores >= look.least) & ~_overlap(boxes, others)
    giants = lone & _is_giant(boxes, pixels)
    unsure = lone & ~giants & (scores < look.alone) & _shows_to_all(boxes, look.plan, pixels) & bool(others)
    if giants.any():
        giants &= ~_overlap(boxes, [_from_afar(look, pixels, SURE_FROM_AFAR if others else look.faint)])
    return look.seen.select(~(giants | unsure))


def _from_afar(look: Look, pixels: Pixels, threshold: float) -> Boxes:
    """Return what the model sees in the small picture, in pixels of the large one."""
    small = resize(pixels, *scaled_size(pixels, AFAR))
    plan = replace(look.plan, whole_long_side=AFAR, single_long_side=AFAR, coarse_long_side=0, small_long_side=0)
    seen = search(look.detector, small, threshold=threshold, plan=plan)
    scale = np.array([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]] * 2, np.float32)
    return seen.boxes * scale


def _is_giant(boxes: Boxes, pixels: Pixels) -> NDArray[np.bool_]:
    return np.asarray(area(boxes) >= GIANT * pixels.shape[0] * pixels.shape[1], dtype=np.bool_)


def _shows_to_all(boxes: Boxes, plan: SearchPlan, pixels: Pixels) -> NDArray[np.bool_]:
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    return np.asarray(sides * plan.whole_long_side >= SEEN_BY_ALL * max(pixels.shape[:2]), dtype=np.bool_)


def _overlap(boxes: Boxes, others: Sequence[Boxes]) -> NDArray[np.bool_]:
    """Return for each box whether one of the others lies at the same place."""
    known = np.concatenate([np.empty((0, 4), np.float32), *others])
    return np.asarray((iou(boxes, known) >= SAME_PLACE).any(axis=1), dtype=np.bool_)
