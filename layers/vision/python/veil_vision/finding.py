"""Everything that detectors find in one picture, by the recipe's classes and thresholds."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.atlas import Window, look_again
from veil_vision.boxes import area, intersection
from veil_vision.detections import Detections, ObjectClass
from veil_vision.detectors.detector import Detector
from veil_vision.errors import ModelMissingError
from veil_vision.models import how_to_install
from veil_vision.recipe import Recipe
from veil_vision.samples import Samples
from veil_vision.tiles import search

Least = Callable[[Detector, ObjectClass, Recipe], float]

# The gate looks at a lower threshold than the search did: what hides a face must not even resemble one.
SECOND_LOOK = 0.7
# What a customer may lower a model's own threshold to, as a share of it. Below, networks report noise: at zero,
# every cell of their maps, hundred thousands in a large picture, which nobody could wait for.
LEAST_SHARE = 0.5
# Of two boxes by different models: this share of the smaller one within the other makes them one object.
SAME_OBJECT = 0.5


def detectors_for(recipe: Recipe, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that the recipe's profile takes for its classes, each once.

    Raises:
        ModelMissingError: No detector finds one of the classes.
    """
    used: list[Detector] = []
    for each in recipe.targets:
        looking = recipe.profile.looking(detectors, each)
        if not looking:
            raise ModelMissingError(f"No installed model finds this class: {each}. Run `{how_to_install(each)}`.")
        used += [detector for detector in looking if detector not in used]
    return used


def checkers_for(recipe: Recipe, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that look again at finished pictures, each once.

    They are those that looked first, unless their second look proves nothing. Where that leaves none for a
    class, it is the most preferred of the installed ones whose second look proves something.
    """
    looked, used = detectors_for(recipe, detectors), list[Detector]()
    able = [each for each in detectors if each.second_look]
    for each in recipe.targets:
        own = [detector for detector in looked if each in detector.classes and detector.second_look]
        used += [detector for detector in own or recipe.profile.looking(able, each)[:1] if detector not in used]
    return used


def threshold_of(detector: Detector, object_class: ObjectClass, recipe: Recipe) -> float:
    """Return the least score at which a detection of the class counts: the customer's, within reason for the model."""
    chosen, own = recipe.targets[object_class].threshold, own_threshold_of(detector, object_class, recipe)
    return own if chosen is None else max(chosen, LEAST_SHARE * own)


def own_threshold_of(detector: Detector, object_class: ObjectClass, recipe: Recipe) -> float:
    """Return the least score that counts unless the customer says otherwise."""
    return recipe.profile.use_of(detector.name).thresholds.get(object_class, detector.default_threshold)


def second_threshold_of(detector: Detector, object_class: ObjectClass, recipe: Recipe) -> float:
    """Return the least score that counts in the second look.

    A customer may search below the detector's own threshold, to hide more. There it reports whatever it
    is shown, so a second look that low would find something in every picture and none would pass.
    """
    least = max(threshold_of(detector, object_class, recipe), own_threshold_of(detector, object_class, recipe))
    share = SECOND_LOOK * least
    return max(share, detector.second_look.least_score) if detector.second_look else share


def find_all(pixels: NDArray[np.uint8], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    """Return what all detectors find in the picture of the recipe's classes, in its pixels, each object once."""
    found = Detections.of([])
    for detector in detectors_for(recipe, detectors):
        plan = recipe.profile.use_of(detector.name).plan(detector.search_plan)
        lowest = _lowest(detector, recipe, threshold_of)
        seen = search(detector, pixels, threshold=lowest, plan=plan, grid=recipe.grid)
        found = united(found, _that_count(seen, detector, recipe, threshold_of))
    return found


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
    recipe: Recipe,
    detectors: Sequence[Detector],
) -> Detections:
    """Return what is found again around the windows of hidden objects, at the threshold of the second look.

    Each window is looked at by the detectors of its class, unless their second look proves nothing.
    """
    found = []
    for detector in checkers_for(recipe, detectors):
        if detector.second_look is not None:
            mine = [window for hidden, window in windows if hidden in detector.classes]
            lowest = _lowest(detector, recipe, second_threshold_of)
            seen = look_again(detector, pixels, mine, threshold=lowest, plan=detector.second_look)
            found.append(_that_count(seen, detector, recipe, second_threshold_of))
    return Detections.concat(found)


def _lowest(detector: Detector, recipe: Recipe, least: Least) -> float:
    """Return the least score that matters in any class that the recipe asks of the detector."""
    asked = [least(detector, each, recipe) for each in detector.classes if each in recipe.targets]
    return min(asked)


def as_seen(pixels: Samples) -> NDArray[np.uint8]:
    """Return pixels (H, W, 1 or 3) of any depth as detectors take them: uint8 (H, W, 3)."""
    eight = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB) if eight.shape[2] == 1 else eight, dtype=np.uint8)


def _that_count(seen: Detections, detector: Detector, recipe: Recipe, least: Least) -> Detections:
    counts = [
        object_class in recipe.targets and score >= least(detector, object_class, recipe)
        for object_class, score in zip(seen.classes, seen.scores, strict=True)
    ]
    return seen.select(np.array(counts, dtype=np.bool_))
