"""Looks at the whole picture made small: they find what is large in it, and tell whether what seems large is there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.inputs import Pixels
from veil_vision.geometry.boxes import Boxes, area, iou
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import SearchPlan

# What the coarse look sees must be this large, as a share of the picture's longer side. Of 152 photos all that it took
# for a face and was none is below 0.31; the smaller faces it sees are found at full size.
FILLING = 0.35
# Others need not see it as large: without anything of this share the coarse look is left out.
NEARLY_FILLING = 0.25
# What is smaller in the small look is as well seen in the larger ones.
LARGE = 0.1
# Shares of the picture's area: what is smaller hides little, and what is larger the look at the whole may miss.
LEAST_SHARE, MOST_SHARE = 1 / 50, 1 / 6
# Score from which a box needs no other look that sees it, and how much a box of another look must overlap it.
SURE, SAME_PLACE = 0.75, 0.3


def large_objects(detector: Detector, pixels: Pixels, threshold: float, plan: SearchPlan) -> list[Detections]:
    """Return what the coarse and the small look of the plan find, of what is too large to be seen at full size."""
    found = []
    if plan.coarse_long_side:
        least = max(threshold, plan.coarse_score)
        found.append(_large(detector, pixels, least, plan.coarse_long_side, FILLING))
    if plan.small_long_side:
        found.append(_large(detector, pixels, threshold, plan.small_long_side, LARGE))
    return found


def may_be_filled(pixels: Pixels, places: Boxes) -> bool:
    """Tell whether one of the places where others see something may fill the picture."""
    sides = (places[:, 2:] - places[:, :2]).max(initial=0)
    return bool(sides >= NEARLY_FILLING * max(pixels.shape[:2]))


def _large(detector: Detector, pixels: Pixels, threshold: float, long_side: int, share: float) -> Detections:
    """Return what is this share of the small picture at least."""
    seen = detector.detect(pixels, threshold=threshold, long_side=long_side)
    sides = (seen.boxes[:, 2:] - seen.boxes[:, :2]).max(axis=1, initial=0)
    return seen.select(np.asarray(sides >= share * max(pixels.shape[:2]), dtype=np.bool_))


def confirmed(detector: Detector, pixels: Pixels, found: Sequence[Detections], plan: SearchPlan) -> list[Detections]:
    """Return what each look found without large boxes of low score that do not show in the look at the whole.

    That look counts from the plan's `whole_score`. It is only taken where there are such boxes.
    """
    doubtful = [_is_doubtful(each, pixels) for each in found]
    if not (plan.whole_score and any(flags.any() for flags in doubtful)):
        return list(found)
    whole = detector.detect(pixels, threshold=plan.whole_score, long_side=plan.whole_long_side).boxes
    there = [(iou(each.boxes, whole) >= SAME_PLACE).any(axis=1) for each in found]
    return [each.select(shows | ~flags) for each, shows, flags in zip(found, there, doubtful, strict=True)]


def _is_doubtful(found: Detections, pixels: Pixels) -> NDArray[np.bool_]:
    shares = area(found.boxes) / (pixels.shape[0] * pixels.shape[1])
    return np.asarray((shares >= LEAST_SHARE) & (shares < MOST_SHARE) & (found.scores < SURE), dtype=np.bool_)
