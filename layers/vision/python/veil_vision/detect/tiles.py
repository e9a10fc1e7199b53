"""Search large pictures: once as a whole for what is large, and in overlapping tiles for what is small."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.atlas import look_again
from veil_vision.detect.both_looks import FAINT_SHARE, LookResult, weighed
from veil_vision.detect.detector import Detector
from veil_vision.detect.inputs import STRIDE, Pixels, resize
from veil_vision.detect.merging import MERGE_IOU, merge, without_parts
from veil_vision.detect.whole_picture import large_objects
from veil_vision.geometry.boxes import Boxes, cover, iou, unturned
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid, Tile
from veil_vision.geometry.panoramas import normalized, on_both_sides, window
from veil_vision.models.plans import SearchPlan

# A box this near to an inner tile edge, as a share of its size, may belong to an object that goes on beyond it.
CUT_MARGIN = 0.25
# Longer side to which places are brought for a closer look, in pixels: networks see objects of that size for sure.
CLOSE_SIDE = 48
# What is shown of them then, as a multiple: 2.5, as in the gate, costs half as much again and finds no more faces.
CLOSE_CONTEXT = 2.0
# A customer's grid may have tiles of any size; a longer view would need gigabytes of activations.
LONGEST_VIEW = 1920


class View(NamedTuple):
    """A part of the picture, and the length to which its longer side is scaled for the network."""

    place: Tile
    long_side: int


def search(
    detector: Detector,
    pixels: Pixels,
    *,
    threshold: float,
    plan: SearchPlan | None = None,
    grid: Grid | None = None,
) -> Detections:
    """Return what the detector finds in a picture of any size, in pixels of that picture, without duplicates.

    Args:
        detector: What to look with.
        pixels: uint8 (height, width, 3), RGB, upright.
        threshold: Lowest score that counts.
        plan: How closely to look; the detector's own plan if None.
        grid: Tiles to search in at native scale, beside the whole picture, instead of the plan's. Where it
            wraps, an object that crosses the seam is returned twice; see `on_both_sides`.

    Raises:
        FormatMismatchError: The picture does not have the size that the grid is for.
    """
    plan = plan or detector.search_plan
    found = [_search(detector, pixels, threshold, plan, grid), *large_objects(detector, pixels, threshold, plan)]
    upright = replace(plan, turns=())
    found += [_search_turned(detector, pixels, threshold, upright, quarters) for quarters in plan.turns]
    together = Detections.concat(found)
    return merge(together, np.zeros(len(together), dtype=np.bool_)) if len(found) > 1 else together


def search_near(detector: Detector, pixels: Pixels, places: Boxes, *, threshold: float, plan: SearchPlan) -> Detections:
    """Return what a search finds, and what shows close to places where it sees nothing for sure, each thing once.

    Places that the look at the whole shows as large as a closer one would are left out.

    Raises:
        ValueError: The detector has no plan for looking at places.
    """
    if detector.second_look is None:
        raise ValueError(f"{detector.name} does not look at places")
    seen, least = search(detector, pixels, threshold=threshold, plan=plan), max(threshold, plan.close_score)
    doubtful = places[~(iou(places, seen.boxes[seen.scores >= least]) >= MERGE_IOU).any(axis=1)]
    closer = replace(detector.second_look, window_side=CLOSE_SIDE, context=CLOSE_CONTEXT)
    most_side = CLOSE_SIDE * max(pixels.shape[:2]) / plan.whole_long_side
    small = doubtful[(doubtful[:, 2:] - doubtful[:, :2]).max(axis=1, initial=0) < most_side]
    windows = cover(small, width=pixels.shape[1], height=pixels.shape[0])
    close = look_again(detector, pixels, windows, threshold=least, plan=closer)
    together = Detections.concat([seen, close])
    return without_parts(merge(together, np.zeros(len(together), dtype=np.bool_)), most_side=most_side)


def _search_turned(detector: Detector, pixels: Pixels, threshold: float, plan: SearchPlan, quarters: int) -> Detections:
    """Return what the detector finds in the turned picture, in pixels of the picture as it was."""
    found = search(detector, np.ascontiguousarray(np.rot90(pixels, quarters)), threshold=threshold, plan=plan)
    boxes = unturned(found.boxes, quarters, width=pixels.shape[1], height=pixels.shape[0])
    return Detections(boxes, found.scores, found.classes)


def _search(detector: Detector, pixels: Pixels, threshold: float, plan: SearchPlan, grid: Grid | None) -> Detections:
    if grid is not None:
        return _search_grid(detector, pixels, threshold, plan, grid)
    if max(pixels.shape[:2]) <= plan.single_long_side:
        long_side = max(plan.whole_long_side, *pixels.shape[:2])
        return detector.detect(pixels, threshold=threshold, long_side=long_side)
    fine = _rescaled(pixels, plan.fine_scale(pixels.shape[1], pixels.shape[0]))
    height, width = fine.shape[:2]
    places = tiles(width, height, side=plan.tile_side, overlap=plan.overlap(max(width, height)))
    merged = _search_in(detector, fine, [_whole(fine, plan)], _close(places), threshold=threshold, plan=plan)
    return _scaled(merged, pixels.shape[1] / width, pixels.shape[0] / height)


def _search_grid(detector: Detector, pixels: Pixels, threshold: float, plan: SearchPlan, grid: Grid) -> Detections:
    """Return what the whole picture and a customer's tiles show, in pixels of the picture."""
    height, width = pixels.shape[:2]
    whole, close = _whole(pixels, plan), _close(grid.tiles(width, height))
    if not grid.wraps:
        return _search_in(detector, pixels, [whole], close, threshold=threshold, plan=plan)
    # Half a turn further, the seam lies in the middle: what is too large for the tiles and crosses it shows whole.
    turned = View((width // 2, 0, width // 2 + width, height), plan.whole_long_side)
    found = _search_in(detector, pixels, [whole, turned], close, threshold=threshold, plan=plan, turn=width)
    return on_both_sides(found, width)


def _whole(pixels: Pixels, plan: SearchPlan) -> View:
    return View((0, 0, pixels.shape[1], pixels.shape[0]), plan.whole_long_side)


def _close(places: Sequence[Tile]) -> list[View]:
    """Return the tiles as they are looked at: at the picture's own scale, within reason."""
    return [View(place, min(max(place[2] - place[0], place[3] - place[1]), LONGEST_VIEW)) for place in places]


def _search_in(
    detector: Detector,
    fine: Pixels,
    wholes: Sequence[View],
    close: Sequence[View],
    *,
    threshold: float,
    plan: SearchPlan,
    turn: int | None = None,
) -> Detections:
    """Return what the views show, each thing once, in pixels of the picture; `turn`: see `intersection`."""
    # A picture that is no larger than a tile is its only tile, and need not be seen twice at one length.
    close = [view for view in dict.fromkeys(close) if view not in wholes]
    weighs = plan.weighs and bool(close)
    least = FAINT_SHARE * threshold if weighs else threshold
    far, far_cut = _look_at_all(detector, fine, wholes, least, turn=turn)
    near, near_cut = _look_at_all(detector, fine, close, least, turn=turn)
    if weighs:
        shown = ~np.all([_cut(far.boxes, view.place, fine, wraps=turn is not None) for view in close], axis=0)
        far, near = weighed(LookResult(far, shown), LookResult(near, ~near_cut), plan, turn=turn)
    found, cut = Detections.concat([far, near]), np.concatenate([far_cut, near_cut])
    counts = found.scores >= threshold
    return merge(found.select(counts), cut[counts], turn=turn)


def tiles(width: int, height: int, *, side: int, overlap: int) -> list[Tile]:
    """Return tiles (x1, y1, x2, y2) of at most `side` that cover the picture.

    Neighbours share at least `overlap` pixels, so whatever is no larger than that lies whole in some
    tile. Tiles are of equal size, and the last of a row or column ends at the picture's border.
    """
    columns = _spans(width, side, overlap)
    return [(left, top, right, bottom) for top, bottom in _spans(height, side, overlap) for left, right in columns]


def _spans(length: int, side: int, overlap: int) -> list[tuple[int, int]]:
    if length <= side:
        return [(0, length)]
    count = math.ceil((length - overlap) / (side - overlap))
    even = math.ceil((length + (count - 1) * overlap) / count)
    # Multiples of the stride reach the network without being resized.
    span = min(side, math.ceil(even / STRIDE) * STRIDE)
    starts = [index * (length - span) // (count - 1) for index in range(count)]
    return [(start, start + span) for start in starts]


def _look_at_all(
    detector: Detector, fine: Pixels, views: Sequence[View], threshold: float, *, turn: int | None
) -> tuple[Detections, NDArray[np.bool_]]:
    """Return what views show, in pixels of the picture, and whether its view may have cut it."""
    seen = [_look_at(detector, fine, view, threshold, turn=turn) for view in views]
    cut = np.concatenate([np.empty(0, np.bool_), *(cut for _, cut in seen)])
    return Detections.concat([found for found, _ in seen]), cut


def _look_at(
    detector: Detector, fine: Pixels, view: View, threshold: float, *, turn: int | None
) -> tuple[Detections, NDArray[np.bool_]]:
    """Return what a view shows, in pixels of the picture, and whether the view may have cut it."""
    left, top, *_ = view.place
    found = detector.detect(window(fine, view.place), threshold=threshold, long_side=view.long_side)
    boxes = found.boxes + np.array([left, top, left, top], dtype=np.float32)
    cut = _cut(boxes, view.place, fine, wraps=turn is not None)
    return Detections(boxes if turn is None else normalized(boxes, turn), found.scores, found.classes), cut


def _cut(boxes: Boxes, place: Tile, fine: Pixels, *, wraps: bool) -> NDArray[np.bool_]:
    """Return whether boxes touch an edge of the place that is none of the picture's, or lie beyond it."""
    margin = CUT_MARGIN * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    left, top, right, bottom = place
    distances = [
        boxes[:, 0] - left if wraps or left > 0 else np.inf,
        boxes[:, 1] - top if top > 0 else np.inf,
        right - boxes[:, 2] if wraps or right < fine.shape[1] else np.inf,
        bottom - boxes[:, 3] if bottom < fine.shape[0] else np.inf,
    ]
    return np.asarray(np.minimum.reduce([np.broadcast_to(each, margin.shape) for each in distances]) < margin)


def _rescaled(pixels: Pixels, scale: float) -> Pixels:
    height, width = pixels.shape[:2]
    return resize(pixels, max(1, round(width * scale)), max(1, round(height * scale)))


def _scaled(found: Detections, scale_x: float, scale_y: float) -> Detections:
    boxes = found.boxes * np.array([scale_x, scale_y, scale_x, scale_y], dtype=np.float32)
    return Detections(boxes, found.scores, found.classes)
