"""Looks at a video's frames that cost less than a search: at the whole frame made small, and near known places."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from veil_vision.detect.atlas import atlas_pixels, look_again
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import united
from veil_vision.detect.inputs import Pixels
from veil_vision.detect.merging import merge
from veil_vision.detect.profiles import Profile, ProfileName, profiles
from veil_vision.detect.thresholds import SearchTerms, threshold_of
from veil_vision.geometry.boxes import Boxes, cover, iou
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.plans import AtlasPlan

# Of models that have no plan for a second look. What is only followed has been seen well elsewhere.
NEARBY = AtlasPlan(window_side=96, most_scale=2.0, context=2.5, atlas_side=1024)
# What tracks lose was measured with windows of this side (decision 0042); the gate's second look is content with less.
LEAST_SIDE = 64
# Where what was seen a frame before is only looked for again, a window of this side shows most of it, at a quarter of
# the cost; only what it does not show is looked at more closely.
FIRST_SIDE = 32


def quick_lookers(wanted: SearchTerms, detectors: Sequence[Detector]) -> list[Detector]:
    """Return for each class the one detector that looks at frames between searches: one that `fast` takes, if any."""
    fast, chosen = profiles()[ProfileName.FAST], list[Detector]()
    for each in wanted.thresholds:
        looking = wanted.profile.looking(detectors, each)
        quick = [detector for detector in looking if detector in fast.looking(detectors, each)]
        chosen += [detector for detector in (quick or looking)[:1] if detector not in chosen]
    return chosen


def at_a_glance(profile: Profile, quick: Sequence[Detector]) -> Profile:
    """Return the profile for frames that quick lookers see whole, at the length of their looks at a whole."""
    uses = [
        replace(
            profile.use_of(each.name),
            second_opinion=False,
            unless=None,
            search={
                "fine_long_side": each.search_plan.whole_long_side,
                "fine_pixels": 0,
                "coarse_long_side": 0,
                "small_long_side": 0,
            },
        )
        for each in quick
    ]
    return replace(profile, uses=tuple(uses))


def find_near(
    pixels: Pixels,
    places: Detections,
    wanted: SearchTerms,
    detectors: Sequence[Detector],
    *,
    share: float,
    small_first: bool = False,
) -> Detections:
    """Return what detectors see in and around known places from a share of their thresholds on, each object once.

    Args:
        pixels: uint8 (height, width, 3), RGB, upright.
        places: Where objects were a frame before or after.
        wanted: What is looked for.
        detectors: Who looks, one after the other, each near the places of its classes at which none before saw any.
        share: Of each threshold, from which a sighting counts.
        small_first: Whether the first of them looks in small windows before.
    """
    found = Detections.of([])
    for each in wanted.thresholds:
        open_places = places.boxes[[place is each for place in places.classes]]
        looking = wanted.profile.looking(detectors, each)
        closely = [(one, _close_plan(one)) for one in detectors if one in looking]
        first = [(one, _small_plan(one)) for one, _ in closely[:1]] if small_first else []
        for detector, plan in [*first, *closely]:
            threshold = share * threshold_of(detector, each, wanted)
            seen = _near(detector, pixels, open_places, each, threshold=threshold, plan=plan)
            open_places = open_places[~(iou(open_places, seen.boxes) > 0).any(axis=1)]
            found = united(found, seen)
    return found


def pixels_near(places: Detections, size: tuple[int, int], detector: Detector) -> int:
    """Return how many pixels a detector sees that looks for places in small windows in a picture of this size."""
    windows = cover(places.boxes, width=size[0], height=size[1])
    return atlas_pixels(windows, size, _small_plan(detector))


def _near(
    detector: Detector, pixels: Pixels, boxes: Boxes, object_class: ObjectClass, *, threshold: float, plan: AtlasPlan
) -> Detections:
    windows = cover(boxes, width=pixels.shape[1], height=pixels.shape[0])
    seen = look_again(detector, pixels, windows, threshold=threshold, plan=plan)
    mine = seen.select(np.array([each is object_class for each in seen.classes], np.bool_))
    return merge(mine, np.zeros(len(mine), np.bool_))


def _close_plan(detector: Detector) -> AtlasPlan:
    plan = detector.second_look or NEARBY
    return replace(plan, window_side=max(plan.window_side, LEAST_SIDE))


def _small_plan(detector: Detector) -> AtlasPlan:
    return replace(detector.second_look or NEARBY, window_side=FIRST_SIDE)
