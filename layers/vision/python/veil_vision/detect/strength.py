"""Scores that tell what counts by itself from what counts only where something else speaks for it.

Models score on scales of their own, so one number cannot tell that of what several of them saw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.thresholds import SearchTerms, threshold_of
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass

# Down to this share of its threshold a detection continues a track; it starts none.
WEAK_SHARE = 0.7


def strong_scores(wanted: SearchTerms, detectors: Sequence[Detector]) -> dict[ObjectClass, float]:
    """Return the least score from which a detection of any model counts by itself."""
    return {
        each: min(threshold_of(detector, each, wanted) for detector in wanted.profile.looking(detectors, each))
        for each in wanted.thresholds
    }


def strong_in(found: Detections, strong: Mapping[ObjectClass, float]) -> NDArray[np.bool_]:
    """Return which detections have the score of their class from which they count by themselves."""
    named = zip(found.classes, found.scores, strict=True)
    return np.array([score >= strong[each] for each, score in named], np.bool_)


def separate_strong(counted: Detections, others: Detections, strong: Mapping[ObjectClass, float]) -> Detections:
    """Return what counts, with scores from the strong ones on, and the others, with scores below."""
    least = np.array([strong[each] for each in counted.classes], np.float32)
    return Detections.concat([replace(counted, scores=np.maximum(counted.scores, least)), faint(others, strong)])


def faint(found: Detections, strong: Mapping[ObjectClass, float]) -> Detections:
    """Return detections with scores below all that count by themselves."""
    most = np.array([WEAK_SHARE * strong[each] for each in found.classes], np.float32)
    return replace(found, scores=np.minimum(found.scores, most))
