"""Everything that several detectors find in one picture, by classes and thresholds."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.atlas import Window, look_again
from veil_vision.detect.detector import Detector
from veil_vision.detect.profiles import Profile
from veil_vision.detect.tiles import search
from veil_vision.errors import ModelMissingError
from veil_vision.geometry.boxes import area, intersection
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.grids import Grid
from veil_vision.image.samples import Samples
from veil_vision.models.catalogue import how_to_install


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
    def profile(self) -> Profile: ...  # noqa: D102

    @property
    def grid(self) -> Grid | None: ...  # noqa: D102


# The gate looks at a lower threshold than the search did: what hides a face must not even resemble one.
SECOND_LOOK = 0.7
# What a customer may lower a model's own threshold to, as a share of it. Below, networks report noise: at zero,
# every cell of their maps, hundred thousands in a large picture, which nobody could wait for.
LEAST_SHARE = 0.5
# Of two boxes by different models: this share of the smaller one within the other makes them one object.
SAME_OBJECT = 0.5


def detectors_for(wanted: SearchTerms, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that the wanted profile takes for its classes, each once.

    Raises:
        ModelMissingError: No detector finds one of the classes.
    """
    used: list[Detector] = []
    for each in wanted.thresholds:
        looking = wanted.profile.looking(detectors, each)
        if not looking:
            raise ModelMissingError(f"No installed model finds this class: {each}. Run `{how_to_install(each)}`.")
        used += [detector for detector in looking if detector not in used]
    return used


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


def threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score at which a detection of the class counts: the customer's, within reason for the model."""
    chosen, own = wanted.thresholds[object_class], own_threshold_of(detector, object_class, wanted)
    return own if chosen is None else max(chosen, LEAST_SHARE * own)


def own_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score that counts unless the customer says otherwise."""
    return wanted.profile.use_of(detector.name).thresholds.get(object_class, detector.default_threshold)


def second_threshold_of(detector: Detector, object_class: ObjectClass, wanted: SearchTerms) -> float:
    """Return the least score that counts in the second look.

    A customer may search below the detector's own threshold, to hide more. There it reports whatever it
    is shown, so a second look that low would find something in every picture and none would pass.
    """
    least = max(threshold_of(detector, object_class, wanted), own_threshold_of(detector, object_class, wanted))
    share = SECOND_LOOK * least
    return max(share, detector.second_look.least_score) if detector.second_look else share


def find_all(pixels: NDArray[np.uint8], wanted: SearchTerms, detectors: Sequence[Detector]) -> Detections:
    """Return what all detectors find in the picture of the wanted classes, in its pixels, each object once."""
    found = Detections.of([])
    for detector in detectors_for(wanted, detectors):
        least = _thresholds(detector, wanted, detectors)
        found = united(found, _that_count(_searched(detector, pixels, wanted, min(least.values())), least))
    return found


def find_more(
    pixels: NDArray[np.uint8], wanted: SearchTerms, detectors: Sequence[Detector], *, share: float
) -> tuple[Detections, Detections]:
    """Return what `find_all` does and, as seconds, what detectors see between a share of their thresholds and these.

    These count only where something else speaks for them.
    """
    found, weak = Detections.of([]), Detections.of([])
    for detector in detectors_for(wanted, detectors):
        least = _thresholds(detector, wanted, detectors)
        less = {each: share * score for each, score in least.items()}
        seen = _that_count(_searched(detector, pixels, wanted, min(less.values())), less)
        counts = np.array(
            [score >= least[each] for each, score in zip(seen.classes, seen.scores, strict=True)], np.bool_
        )
        found, weak = united(found, seen.select(counts)), united(weak, seen.select(~counts))
    return found, weak


def _thresholds(detector: Detector, wanted: SearchTerms, detectors: Sequence[Detector]) -> dict[ObjectClass, float]:
    """Return for the classes that a detector looks for the least score that counts."""
    mine = [each for each in wanted.thresholds if detector in wanted.profile.looking(detectors, each)]
    return {each: threshold_of(detector, each, wanted) for each in mine}


def _searched(detector: Detector, pixels: NDArray[np.uint8], wanted: SearchTerms, threshold: float) -> Detections:
    plan = wanted.profile.use_of(detector.name).plan(detector.search_plan)
    return search(detector, pixels, threshold=threshold, plan=plan, grid=wanted.grid)


def united(found: Detections, more: Detections) -> Detections:
    """Return what was found and what a second opinion adds: each object once, hidden as far as either saw it.

    A box of either of which half lies in one of the other's, of its class, is the same object; it grows to hold both.
    """
    smaller = np.minimum(area(more.boxes)[:, None], area(found.boxes)[None])
    shared = intersection(more.boxes, found.boxes)
    of_one_class = np.array([[new == old for old in found.classes] for new in more.classes], np.bool_)
    same = of_one_class.reshape(shared.shape) & (shared >= SAME_OBJECT * smaller)
    known = np.asarray(same.any(axis=1), dtype=np.bool_)
    boxes = found.boxes.copy()
    for index in np.flatnonzero(known):
        owner = np.where(same[index], shared[index], -1).argmax()
        boxes[owner, :2] = np.minimum(boxes[owner, :2], more.boxes[index, :2])
        boxes[owner, 2:] = np.maximum(boxes[owner, 2:], more.boxes[index, 2:])
    return Detections.concat([Detections(boxes, found.scores, found.classes), more.select(~known)])


def find_again(
    pixels: NDArray[np.uint8],
    windows: Sequence[tuple[ObjectClass, Window]],
    wanted: SearchTerms,
    detectors: Sequence[Detector],
) -> Detections:
    """Return what is found again around the windows of hidden objects, at the threshold of the second look.

    Each window is looked at by the detectors of its class, unless their second look proves nothing.
    """
    found = []
    for detector in checkers_for(wanted, detectors):
        if detector.second_look is not None:
            mine = [window for hidden, window in windows if hidden in detector.classes]
            least = {each: second_threshold_of(detector, each, wanted) for each in _asked(detector, wanted)}
            seen = look_again(detector, pixels, mine, threshold=min(least.values()), plan=detector.second_look)
            found.append(_that_count(seen, least))
    return Detections.concat(found)


def _asked(detector: Detector, wanted: SearchTerms) -> list[ObjectClass]:
    return [each for each in detector.classes if each in wanted.thresholds]


def as_seen(pixels: Samples) -> NDArray[np.uint8]:
    """Return pixels (H, W, 1 or 3) of any depth as detectors take them: uint8 (H, W, 3)."""
    eight = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB) if eight.shape[2] == 1 else eight, dtype=np.uint8)


def _that_count(seen: Detections, least: Mapping[ObjectClass, float]) -> Detections:
    """Return those of one of the classes, whose score is no less than that class's least."""
    named = zip(seen.classes, seen.scores, strict=True)
    counts = [object_class in least and score >= least[object_class] for object_class, score in named]
    return seen.select(np.array(counts, dtype=np.bool_))
