"""What of a finished file was looked at before and is still the same, so that no further round pays for it again."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.again import checkers_for
from veil_vision.detect.atlas import surroundings
from veil_vision.detect.detector import Detector
from veil_vision.detect.thresholds import SearchTerms
from veil_vision.detect.views import further_views
from veil_vision.geometry.boxes import Window
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.image.files import Picture

Hidden = tuple[ObjectClass, Window]
"""The class of a hidden object and the window it was found in."""


class Neighbourhoods:
    """Everything around hidden objects that detectors are shown when they look again."""

    def __init__(self, picture: Picture, wanted: SearchTerms, detectors: Sequence[Detector]) -> None:
        self._picture = picture
        self._checkers = checkers_for(wanted, detectors)

    def of(self, hidden: Hidden) -> Window:
        """Return the smallest window that holds all that is looked at for an object."""
        object_class, window = hidden
        height, width = self._picture.pixels.shape[:2]
        plans = [each.second_look for each in self._checkers if object_class in each.classes]
        crops = [surroundings(window, plan, width=width, height=height) for plan in plans if plan is not None]
        lows, highs = np.array([*crops, window])[:, :2].min(axis=0), np.array([*crops, window])[:, 2:].max(axis=0)
        left, top, right, bottom = (int(each) for each in (*lows, *highs))
        return left, top, right, bottom

    def digests(self, windows: Sequence[Hidden]) -> dict[Hidden, bytes]:
        """Return by object what its neighbourhood looks like.

        Nothing where the picture has further views: how they look also depends on places far away.
        """
        if next(further_views(self._picture.pixels, self._picture.alpha), None) is not None:
            return {}
        return {each: _digest(self._picture, self.of(each)) for each in windows}

    def near(self, windows: Sequence[Hidden], seen: Detections) -> list[Hidden]:
        """Return the objects in whose neighbourhood one of the detections is centred."""
        return [each for each in windows if self.centred(seen, [each]).any()]

    def centred(self, seen: Detections, windows: Sequence[Hidden]) -> NDArray[np.bool_]:
        """Return for each detection whether it is centred in one of the neighbourhoods."""
        centres = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2
        inside = np.zeros(len(seen), np.bool_)
        for left, top, right, bottom in map(self.of, windows):
            inside |= ((centres >= (left, top)) & (centres < (right, bottom))).all(axis=1)
        return inside


def changed(digests: Mapping[Hidden, bytes], before: Mapping[Hidden, bytes], windows: Sequence[Hidden]) -> list[Hidden]:
    """Return the objects whose neighbourhood was not looked at before, or looked otherwise."""
    return [each for each in windows if each not in digests or digests[each] != before.get(each)]


def _digest(picture: Picture, window: Window) -> bytes:
    left, top, right, bottom = window
    return blake2b(np.ascontiguousarray(picture.pixels[top:bottom, left:right]).data, digest_size=16).digest()
