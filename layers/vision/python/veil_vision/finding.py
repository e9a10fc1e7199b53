"""Everything that detectors find in one picture, by the recipe's classes and thresholds."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.atlas import Window, look_again
from veil_vision.boxes import Boxes, cover
from veil_vision.detections import Detections, ObjectClass
from veil_vision.detectors.detector import Detector
from veil_vision.errors import ModelMissingError
from veil_vision.models import how_to_install
from veil_vision.plans import AtlasPlan
from veil_vision.recipe import Recipe
from veil_vision.samples import Samples
from veil_vision.tiles import merge, search

Least = Callable[[Detector, ObjectClass, Recipe], float]

# The gate looks at a lower threshold than the search did: what hides a face must not even resemble one.
SECOND_LOOK = 0.7
# Of 219 plates in dash-camera photos 90 % were covered by the search alone, 95 % with these crops.
VEHICLE_CROPS = AtlasPlan(window_side=320, most_scale=2.0, context=1.1, atlas_side=1024)


def detectors_for(recipe: Recipe, detectors: Sequence[Detector]) -> list[Detector]:
    """Return the detectors that the recipe's classes need, and those that show where to look for plates.

    Raises:
        ModelMissingError: No detector finds one of the classes.
    """
    wanted = set(recipe.targets)
    for each in recipe.targets:
        if not any(each in detector.classes for detector in detectors):
            raise ModelMissingError(f"No installed model finds this class: {each}. Run `{how_to_install(each)}`.")
    if ObjectClass.LICENSE_PLATE in wanted:
        wanted.add(ObjectClass.VEHICLE)
    return [detector for detector in detectors if wanted & set(detector.classes)]


def threshold_of(detector: Detector, object_class: ObjectClass, recipe: Recipe) -> float:
    """Return the least score at which a detection of the class counts."""
    chosen = recipe.targets[object_class].threshold
    return detector.default_threshold if chosen is None else chosen


def second_threshold_of(detector: Detector, object_class: ObjectClass, recipe: Recipe) -> float:
    """Return the least score that counts in the second look.

    A customer may search below the detector's own threshold, to hide more. There it reports whatever it
    is shown, so a second look that low would find something in every picture and none would pass.
    """
    return SECOND_LOOK * max(threshold_of(detector, object_class, recipe), detector.default_threshold)


def find_all(pixels: NDArray[np.uint8], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    """Return what all detectors find in the picture of the recipe's classes, in its pixels."""
    used = detectors_for(recipe, detectors)
    seen = [search(each, pixels, threshold=_lowest(each, recipe, threshold_of), grid=recipe.grid) for each in used]
    found = [_that_count(part, each, recipe, threshold_of) for part, each in zip(seen, used, strict=True)]
    if ObjectClass.LICENSE_PLATE in recipe.targets:
        vehicles = _boxes_of(ObjectClass.VEHICLE, Detections.concat(seen))
        finders = [each for each in used if ObjectClass.LICENSE_PLATE in each.classes]
        found += [_plates_in(vehicles, pixels, each, recipe) for each in finders]
    every = Detections.concat(found)
    return merge(every, np.zeros(len(every), np.bool_))


def find_again(
    pixels: NDArray[np.uint8], windows: Sequence[Window], recipe: Recipe, detectors: Sequence[Detector]
) -> Detections:
    """Return what those detectors whose second look proves something find around the windows, at its threshold."""
    found = []
    for detector in detectors_for(recipe, detectors):
        if detector.second_look is not None:
            lowest = _lowest(detector, recipe, second_threshold_of)
            seen = look_again(detector, pixels, windows, threshold=lowest, plan=detector.second_look)
            found.append(_that_count(seen, detector, recipe, second_threshold_of))
    return Detections.concat(found)


def _lowest(detector: Detector, recipe: Recipe, least: Least) -> float:
    """Return the least score that matters in any class that the recipe asks of the detector."""
    asked = [least(detector, each, recipe) for each in detector.classes if each in recipe.targets]
    return min(asked, default=detector.default_threshold)


def _boxes_of(object_class: ObjectClass, seen: Detections) -> Boxes:
    return seen.boxes[np.array([each is object_class for each in seen.classes], np.bool_)]


def _plates_in(vehicles: Boxes, pixels: NDArray[np.uint8], finder: Detector, recipe: Recipe) -> Detections:
    """Return the plates in those vehicles that a crop shows larger than the search saw them."""
    height, width = pixels.shape[:2]
    windows = cover(vehicles, width=width, height=height)
    sides = (windows[:, 2:] - windows[:, :2]).max(axis=1, initial=1)
    enlarged = VEHICLE_CROPS.window_side > finder.search_plan.fine_scale(width, height) * sides
    lowest = _lowest(finder, recipe, threshold_of)
    seen = look_again(finder, pixels, windows[enlarged], threshold=lowest, plan=VEHICLE_CROPS)
    return _that_count(seen, finder, recipe, threshold_of)


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
