"""From which score a sighting counts: the customer's threshold, the profile's or the model's own."""

from collections.abc import Mapping
from typing import Protocol

from veil_vision.detect.detector import Detector
from veil_vision.detect.profiles import Profile
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass


class SearchTerms(Protocol):
    """What is looked for, and how hard; a recipe names it.

    Attributes:
        thresholds: The classes to look for, each with the least score that counts; None leaves it to the detector.
        profile: Which models look, how closely and how often.
        grid: Tiles to search in besides the whole picture; None leaves it to the search plan.
    """

    @property
    def thresholds(self) -> Mapping[ObjectClass, float | None]: ...  # noqa: D102  # described above

    @property
    def profile(self) -> Profile: ...  # noqa: D102  # described above

    @property
    def grid(self) -> Grid | None: ...  # noqa: D102  # described above


# The gate looks at a lower threshold than the search did: what hides a face must not even resemble one.
SECOND_LOOK = 0.7
# What a customer may lower a model's own threshold to, as a share of it. Below, networks report noise: at zero,
# every cell of their maps, hundred thousands in a large picture, which nobody could wait for.
LEAST_SHARE = 0.5


def threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score at which a detection of the class counts: the customer's, within reason for the model."""
    chosen, own = wanted.thresholds[object_class], own_threshold_of(detector, object_class, wanted)
    return own if chosen is None else max(chosen, LEAST_SHARE * own)


def own_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score that counts unless the customer says otherwise."""
    return wanted.profile.use_of(detector.name).thresholds.get(object_class, detector.default_threshold)


def faint_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score that counts if another detector agrees; a customer's threshold holds in any case."""
    least, chosen = threshold_of(detector, object_class, wanted), wanted.thresholds[object_class]
    faint = wanted.profile.use_of(detector.name).faint.get(object_class, least)
    return min(faint, least) if chosen is None else least


def alone_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score at which what is large counts if no other detector sees it; 0 for a customer's threshold.

    With that one, others may see what they are not asked to tell.
    """
    chosen = wanted.thresholds[object_class]
    return wanted.profile.use_of(detector.name).alone.get(object_class, 0.0) if chosen is None else 0.0


def second_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score that counts in the second look.

    A customer may search below the detector's own threshold, to hide more. There it reports whatever it
    is shown, so a second look that low would find something in every picture and none would pass.
    """
    least = max(threshold_of(detector, object_class, wanted), own_threshold_of(detector, object_class, wanted))
    share = SECOND_LOOK * least
    return max(share, detector.second_look.least_score) if detector.second_look else share
