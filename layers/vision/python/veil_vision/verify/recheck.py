"""The gate, second half: does the finished file still show what was to be hidden?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import as_seen, detectors_for, find_again, threshold_of
from veil_vision.detect.tiles import merge
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.regions import Region
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import Picture
from veil_vision.verify.replacement import outside

Window = tuple[int, int, int, int]

# A sighting of which this share lies in hidden pixels was made of them.
MADE_OF_HIDDEN = 0.5
# Of a sighting that black pixels cannot explain, this share is enough to be hidden as well.
OPEN_SHARE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class SecondLook:
    """What was seen in the finished file.

    Attributes:
        revealing: Indices of regions, not yet black, in which something still reads as what was hidden.
        missed: Objects, each once, with visible pixels that the first look should have reported.
        on_black: How many sightings lie on regions that are black in every pixel, and so show nothing.
        sightings: How many things were seen at all.
    """

    revealing: tuple[int, ...]
    missed: Detections
    on_black: int
    sightings: int

    @property
    def passes(self) -> bool:
        """Whether nothing is left to do."""
        return not self.revealing and not len(self.missed)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A finished file beside what went into it.

    Attributes:
        drawn: What went into the file.
        shown: What came out of it.
        regions: What was hidden, by detection.
        hidden: bool (height, width), all of it.
    """

    drawn: Picture
    shown: Picture
    regions: tuple[Region | None, ...]
    hidden: NDArray[np.bool_]

    def is_black(self, index: int) -> bool:
        """Tell whether every pixel of a region was drawn black; that the file shows it was proven before."""
        region = self.regions[index]
        return region is None or not self.drawn.pixels[region.rows, region.columns][region.core].any()


def look_at_result(scene: Scene, recipe: Recipe, detectors: Sequence[Detector]) -> SecondLook:
    """Return what detectors see in and around the hidden regions."""
    windows = [(region.object_class, _object_window(region)) for region in scene.regions if region is not None]
    if not windows:
        return SecondLook((), Detections.of([]), 0, 0)
    seen = find_again(as_seen(scene.shown.pixels), windows, recipe, detectors)
    seen = merge(seen, np.zeros(len(seen), dtype=np.bool_))
    revealing, missed, on_black = set[int](), np.zeros(len(seen), dtype=np.bool_), 0
    for index, box in enumerate(seen.boxes.tolist()):
        window = _whole(box, (0, 0, scene.hidden.shape[1], scene.hidden.shape[0]))
        is_made_of_hidden = bool(scene.hidden[_slices(window)].mean() >= MADE_OF_HIDDEN)
        blamed = _blamed(window, seen.classes[index], scene) if is_made_of_hidden else set()
        revealing |= blamed
        sure = seen.scores[index] >= _first_threshold(seen, index, recipe, detectors)
        missed[index] = sure and not blamed and _open_share(window, scene, recipe) >= OPEN_SHARE
        on_black += is_made_of_hidden and not blamed
    return SecondLook(tuple(sorted(revealing)), seen.select(missed), on_black, len(seen))


def _blamed(window: Window, object_class: ObjectClass, scene: Scene) -> set[int]:
    """Return the regions that make up most of a sighting, without those that cannot show anything.

    What hides a vehicle is made of what lies around it, so a plate that is seen there was never one.
    """
    suspects = [region if region and region.object_class is object_class else None for region in scene.regions]
    shares = [_shared(window, region) for region in suspects]
    return {index for index, share in enumerate(shares) if 0 < max(shares) <= 2 * share and not scene.is_black(index)}


def _shared(window: Window, region: Region | None) -> int:
    """Return how many pixels of a window lie in a region's core."""
    if region is None:
        return 0
    left, top, right, bottom = window
    rows = slice(max(top - region.y1, 0), max(bottom - region.y1, 0))
    columns = slice(max(left - region.x1, 0), max(right - region.x1, 0))
    return int(np.count_nonzero(region.core[rows, columns]))


def _open_share(window: Window, scene: Scene, recipe: Recipe) -> float:
    """Return which share of a window is visible, of what is not in a zone that the customer wants left alone."""
    ours = outside(recipe.ignore_zones, window)
    return int(np.count_nonzero(ours & ~scene.hidden[_slices(window)])) / max(int(np.count_nonzero(ours)), 1)


def _first_threshold(seen: Detections, index: int, recipe: Recipe, detectors: Sequence[Detector]) -> float:
    """Return the score at which the first look should have reported a sighting; never, if who saw it did not look."""
    object_class = seen.classes[index]
    looked = [each for each in detectors_for(recipe, detectors) if object_class in each.classes and each.second_look]
    return min((threshold_of(each, object_class, recipe) for each in looked), default=inf)


def _object_window(region: Region) -> Window:
    """Return the whole pixels of what was detected, within the region."""
    return _whole(region.box, (region.x1, region.y1, region.x2, region.y2))


def _whole(box: Sequence[float], limits: Window) -> Window:
    """Return the pixels within the limits that a box touches, at least one."""
    x1, y1, x2, y2 = box
    left, top = min(max(floor(x1), limits[0]), limits[2] - 1), min(max(floor(y1), limits[1]), limits[3] - 1)
    return left, top, max(min(ceil(x2), limits[2]), left + 1), max(min(ceil(y2), limits[3]), top + 1)


def _slices(window: Window) -> tuple[slice, slice]:
    left, top, right, bottom = window
    return slice(top, bottom), slice(left, right)
