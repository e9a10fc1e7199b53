"""The second look: what detectors find around hidden objects, and what of that would have counted at first sight."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.atlas import Atlas, atlases, look_at
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import above_thresholds, detectors_for, of_class
from veil_vision.detect.merging import merge
from veil_vision.detect.strength import separate_strong, strong_scores
from veil_vision.detect.thresholds import SearchTerms, second_threshold_of
from veil_vision.geometry.boxes import Window
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.plans import AtlasPlan


def checkers_for(wanted: SearchTerms, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that look again at finished pictures, each once.

    They are those that looked first, unless their second look proves nothing. Where that leaves none for a
    class, it is the most preferred of the installed ones whose second look proves something.
    """
    looked, used = detectors_for(wanted, detectors), list[Detector]()
    able = [each for each in detectors if each.second_look]
    for each in wanted.thresholds:
        own = [detector for detector in looked if each in detector.classes and detector.second_look]
        used += [detector for detector in own or wanted.profile.looking(able, each)[:1] if detector not in used]
    return used


def find_again(
    pixels: NDArray[np.uint8],
    windows: Sequence[tuple[ObjectClass, Window]],
    wanted: SearchTerms,
    detectors: Sequence[Detector],
) -> Detections:
    """Return what is found again around the windows of hidden objects, at the threshold of the second look, each once.

    Each window is looked at by the detectors of its class, unless their second look proves nothing. What would not have
    counted at first sight has a score below all that would, see `strong_scores`: nothing does if who saw it did not
    look then.
    """
    draw = cache(partial(atlases, pixels))
    seen = [(each, _seen_again(each, draw, windows, wanted)) for each in checkers_for(wanted, detectors)]
    counted = [part for each in wanted.thresholds for part in of_class(each, seen, pixels, wanted, detectors)]
    everything = Detections.concat([found for _, found in seen])
    told = separate_strong(Detections.concat(counted), everything, strong_scores(wanted, detectors))
    return merge(told, np.zeros(len(told), dtype=np.bool_))


def _seen_again(
    detector: Detector,
    draw: Callable[[tuple[Window, ...], AtlasPlan], Sequence[Atlas]],
    windows: Sequence[tuple[ObjectClass, Window]],
    wanted: SearchTerms,
) -> Detections:
    if detector.second_look is None:
        return Detections.of([])
    mine = tuple(window for hidden, window in windows if hidden in detector.classes)
    asked = [each for each in detector.classes if each in wanted.thresholds]
    least = {each: second_threshold_of(detector, each, wanted) for each in asked}
    seen = look_at(detector, draw(mine, detector.second_look), threshold=min(least.values()))
    return above_thresholds(seen, least)
