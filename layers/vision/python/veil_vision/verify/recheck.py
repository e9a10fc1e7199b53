"""The gate, second half: does the finished file show an object that the first look missed, whole or in part?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.again import find_again
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import same_objects, to_rgb8
from veil_vision.detect.merging import merge
from veil_vision.detect.strength import strong_scores
from veil_vision.detect.views import further_views
from veil_vision.geometry.boxes import Window, iou
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import Picture
from veil_vision.verify.looked_at import Hidden, Neighbourhoods, changed
from veil_vision.verify.replacement import outside

# A sighting of which less is visible consists of replaced pixels: what they resemble proves nothing.
OPEN_SHARE = 0.25
# Above that it may still be a face made of a blur, hair and a collar. So it counts only if the source shows one at the
# same place (IoU) of which as much is visible...
SAME_PLACE = 0.4
# ...or if it is visible nearly whole and the source shows nothing where pixels were replaced beside it: once a face is
# gone, its neck looks like one.
NEARLY_WHOLE = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Recheck:
    """What was seen in the finished file.

    Attributes:
        exposed: Objects, each once, of which too much is visible and which the first look should have reported.
        resemblances: How many sightings the source does not show: they are made of replaced pixels.
        sightings: How many things were seen at all.
        seen: These things.
        digests: What was looked at for each hidden object, where something has to be looked at again;
            see `Neighbourhoods`.
        looks: Around how many hidden objects detectors looked, in all files of the picture so far.
    """

    exposed: Detections
    resemblances: int
    sightings: int
    seen: Detections
    digests: Mapping[Hidden, bytes]
    looks: int

    @property
    def passes(self) -> bool:
        """Whether nothing is left to hide."""
        return not len(self.exposed)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A finished file and what was hidden in it.

    Attributes:
        source: Gives the picture with nothing hidden, should something in the file be in doubt.
        shown: What the file shows; that it shows what was drawn in the regions was proven before.
        regions: Around what is looked: what was hidden, by detection.
        hidden: bool (height, width), all that was hidden.
        spared: What somebody wants to stay visible.
    """

    source: Callable[[], Picture]
    shown: Picture
    regions: tuple[Region | None, ...]
    hidden: NDArray[np.bool_]
    spared: Detections = field(default_factory=lambda: Detections.of([]))


NOTHING_SEEN = Recheck(Detections.of([]), 0, 0, Detections.of([]), {}, 0)


def recheck(scene: Scene, recipe: Recipe, detectors: Sequence[Detector], *, earlier: Recheck = NOTHING_SEEN) -> Recheck:
    """Return what detectors see in and around the hidden regions, in any view that a viewer may show.

    What `earlier` saw in an earlier file of the same picture holds wherever this one shows the very same.
    """
    windows = [(region.object_class, _object_window(region)) for region in scene.regions if region is not None]
    if not windows:
        return NOTHING_SEEN
    around = Neighbourhoods(scene.shown, recipe, detectors)
    digests = around.digests(windows) if earlier.digests else {}
    fresh = changed(digests, earlier.digests, windows)
    known = earlier.seen.select(~around.centred(earlier.seen, fresh))
    seen = _each_once(Detections.concat([known, _look(scene.shown, fresh, recipe, detectors)]))
    shares = _open_shares(seen, scene, recipe)
    strong = strong_scores(recipe, detectors)
    sure = seen.scores >= np.array([strong[each] for each in seen.classes], np.float32)
    doubtful = (shares >= OPEN_SHARE) & sure & ~same_objects(seen, scene.spared).any(axis=1)
    exposed = np.zeros(len(seen), np.bool_)
    if doubtful.any():
        near = around.near(windows, seen.select(doubtful))
        was = _each_once(_look(scene.source(), near, recipe, detectors))
        real = was.select(_open_shares(was, scene, recipe) >= OPEN_SHARE)
        alone = (shares >= NEARLY_WHOLE) & ~around.centred(seen, _showing(near, was))
        exposed = doubtful & (alone | (iou(seen.boxes, real.boxes) >= SAME_PLACE).any(axis=1))
    resemblances = (shares < OPEN_SHARE) | (doubtful & ~exposed)
    if exposed.any() and not digests:
        digests = around.digests(windows)
    looks = earlier.looks + len(fresh)
    return Recheck(seen.select(exposed), int(np.count_nonzero(resemblances)), len(seen), seen, digests, looks)


def _look(picture: Picture, windows: Sequence[Hidden], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    views = chain([to_rgb8(picture.pixels)], further_views(picture.pixels, picture.alpha))
    return Detections.concat([find_again(view, windows, recipe, detectors) for view in views])


def _each_once(seen: Detections) -> Detections:
    return merge(seen, np.zeros(len(seen), dtype=np.bool_))


def _showing(windows: Sequence[Hidden], was: Detections) -> list[Hidden]:
    """Return the hidden objects that the source shows where they were hidden."""
    boxes = np.array([window for _, window in windows], np.float32).reshape(-1, 4)
    hidden = Detections(boxes, np.ones(len(boxes), np.float32), tuple(each for each, _ in windows))
    shows = same_objects(hidden, was).any(axis=1)
    return [windows[index] for index in np.flatnonzero(shows).tolist()]


def _open_shares(seen: Detections, scene: Scene, recipe: Recipe) -> NDArray[np.float64]:
    """Return which share of each detection is visible."""
    limits = (0, 0, scene.hidden.shape[1], scene.hidden.shape[0])
    return np.array([_open_share(_whole(box, limits), scene, recipe) for box in seen.boxes.tolist()], np.float64)


def _open_share(window: Window, scene: Scene, recipe: Recipe) -> float:
    """Return which share of a window is visible, of what is not in a zone that the customer wants left alone."""
    ours = outside(recipe.ignore_zones, window)
    return int(np.count_nonzero(ours & ~scene.hidden[_slices(window)])) / max(int(np.count_nonzero(ours)), 1)


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
