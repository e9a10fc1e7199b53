"""Looks at the whole picture made small: they find what is large in it."""

import numpy as np

from veil_vision.detect.detector import Detector
from veil_vision.detect.inputs import Pixels
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import SearchPlan

# What the coarse look sees must be this large, as a share of the picture's longer side. Of 152 photos all that it took
# for a face and was none is below 0.31; the smaller faces it sees are found at full size.
FILLING = 0.35
# Others need not see it as large, nor for sure: without anything of this share and score the coarse look is left out.
NEARLY_FILLING, SUSPECTED = 0.25, 0.15
# What is smaller in the small look is as well seen in the larger ones.
LARGE = 0.1


def large_objects(detector: Detector, pixels: Pixels, threshold: float, plan: SearchPlan) -> list[Detections]:
    """Return what the coarse and the small look of the plan find, of what is too large to be seen at full size."""
    found = []
    if plan.coarse_long_side:
        least = max(threshold, plan.coarse_score)
        found.append(_large(detector, pixels, least, plan.coarse_long_side, FILLING))
    if plan.small_long_side:
        found.append(_large(detector, pixels, threshold, plan.small_long_side, LARGE))
    return found


def may_be_filled(pixels: Pixels, seen: Detections) -> bool:
    """Tell whether something that others see may fill the picture."""
    sides = (seen.boxes[:, 2:] - seen.boxes[:, :2]).max(axis=1, initial=0)
    return bool(((sides >= NEARLY_FILLING * max(pixels.shape[:2])) & (seen.scores >= SUSPECTED)).any())


def _large(detector: Detector, pixels: Pixels, threshold: float, long_side: int, share: float) -> Detections:
    """Return what is this share of the small picture at least."""
    seen = detector.detect(pixels, threshold=threshold, long_side=long_side)
    sides = (seen.boxes[:, 2:] - seen.boxes[:, :2]).max(axis=1, initial=0)
    return seen.select(np.asarray(sides >= share * max(pixels.shape[:2]), dtype=np.bool_))
