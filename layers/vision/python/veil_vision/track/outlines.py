"""Outlines through time: from one look at a track's outline to the next, each of its places gets what both show.

A look is a sighting with a segment: one that is whole is of an outline that was not believed. Between two looks the
object moves in its box, so what is hidden is the union of both, grown; it changes at looks only and does not flicker.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.bitmaps import Bitmap
from veil_vision.geometry.object_masks import Segment, distances
from veil_vision.track.sightings import Box
from veil_vision.track.tracks import Origin, Place, Track

Cells = NDArray[np.bool_]
Pair = tuple[float, float]

# The grid over a place holds this share of the box on each side besides, as looks do, and has so many rows and columns
# at most: 64 in the box.
AROUND, GRID = 0.2, 90
# By so many cells it is grown: what a limb moves between two looks that neither of them shows.
GROWTH = 1
# An object whose outline is believed less often than this is none that the network can see.
LEAST_BELIEVED = 0.5
# By this share of its size a place may differ from what two looks tell of it, and one look from the other; otherwise
# neither shows what it is then.
MOST_OFF = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _GridPlacement:
    """Where the grid lies for one place.

    Attributes:
        box: float64 (4,), what the outline is laid over.
        deviation: By how much the place differs from what the looks tell, across and down, as a share of the box.
    """

    box: Box
    deviation: Pair


def with_outlines_between_looks(track: Track, longest: int) -> Track:
    """Return a track whose places have the outlines that its looks allow for; the others are hidden by their boxes.

    Whole boxes are hidden before the first and after the last look, between looks of which one is not believed, where
    the track is extended, where a frame has two places of it, where the looks or a place are too unlike, and everywhere
    in a track of which less than half of the looks are believed.

    Args:
        track: Its detected places have segments where somebody looked for the outline, and no others.
        longest: Frames from one look to the next at most.
    """
    seen = [place for place in track.places if place.origin is Origin.DETECTED]
    looks = [place for place in seen if place.segment is not None]
    outlines: dict[Place, Segment] = {}
    if sum(_is_believed(each) for each in looks) >= LEAST_BELIEVED * max(len(looks), 1):
        single = _alone(track.places)
        for before, later in pairwise(looks):
            if _is_believed(before) and _is_believed(later) and later.frame - before.frame <= longest:
                outlines |= _between(before, later, _within(single, before, later), _within(seen, before, later))
    return replace(track, places=tuple(replace(place, segment=outlines.get(place)) for place in track.places))


def _is_believed(look: Place) -> bool:
    return look.segment is not None and not look.segment.is_whole


def _alone(places: Sequence[Place]) -> list[Place]:
    """Return the places that are the only ones of their frame."""
    count = Counter(place.frame for place in places)
    return [place for place in places if count[place.frame] == 1]


def _within(places: Sequence[Place], first: Place, last: Place) -> Sequence[Place]:
    """Return the places from one frame to another, of places in the order of time."""
    start = bisect_left(places, first.frame, key=_frame)
    return places[start : bisect_right(places, last.frame, key=_frame)]


def _frame(place: Place) -> int:
    return place.frame


def _between(before: Place, later: Place, places: Sequence[Place], seen: Sequence[Place]) -> dict[Place, Segment]:
    """Return the outlines of places from one believed look to the next, which share as few grids as they can."""
    placements = {place: _grid_placement(place, before, later, seen) for place in places}
    placements = {place: each for place, each in placements.items() if max(each.deviation) <= MOST_OFF}
    if not placements:
        return {}
    grounds = {place: _ground(each.box) for place, each in placements.items()}
    rows = min(GRID, *(y2 - y1 for _, y1, _, y2 in grounds.values()))
    columns = min(GRID, *(x2 - x1 for x1, _, x2, _ in grounds.values()))
    one, other = _seen(before, rows, columns), _seen(later, rows, columns)
    moved = _moved(one, other)
    if moved > MOST_OFF:
        return {}

    @cache
    def by(across: int, down: int) -> Bitmap:
        return Bitmap.of(_grown(one | other, across, down))

    return {
        place: Segment(
            grounds[place],
            by(_cells(each.deviation[0] + moved / 2, columns), _cells(each.deviation[1] + moved / 2, rows)),
        )
        for place, each in placements.items()
    }


def _moved(one: Cells, other: Cells) -> float:
    """Return how far what one of two looks shows in the box is from what the other shows, as a share of the box.

    That is the Hausdorff distance: a limb that went so far straight on was never more than half of it from both.
    """
    rows, columns = one.shape
    rim = AROUND / (1 + 2 * AROUND)
    inside = np.s_[round(rim * rows) : round((1 - rim) * rows), round(rim * columns) : round((1 - rim) * columns)]
    far = max(float(distances(a)[inside][b[inside]].max(initial=0)) for a, b in ((one, other), (other, one)))
    return float(far * (1 + 2 * AROUND) / min(rows, columns))


def _cells(off: float, count: int) -> int:
    """Return by how many of a grid's cells an outline grows, for what is off by a share of the box."""
    return GROWTH + math.ceil(round(off * count / (1 + 2 * AROUND), 6))


def _grid_placement(place: Place, before: Place, later: Place, seen: Sequence[Place]) -> _GridPlacement:
    """Return where an outline is laid for a place.

    A detected place has a box of its own: what counts is by how much its sides differ from what the looks tell. A
    bridged one is enlarged by what its box may be off, and so is the outline on the straight line of the box.
    """
    if place.origin is Origin.DETECTED:
        told, own = _size(_on_line(before, later, place.frame)), _size(place.box)
        across, down = np.abs(own - told) / np.maximum(own, 1)
        return _GridPlacement(place.box, (float(across), float(down)))
    follows = bisect_left(seen, place.frame, key=_frame)
    line = _on_line(seen[follows - 1], seen[follows], place.frame)
    beyond = np.abs(place.box - line).reshape(2, 2).max(axis=0) / np.maximum(_size(line), 1)
    told = np.abs(_size(line) - _size(_on_line(before, later, place.frame))) / np.maximum(_size(line), 1)
    across, down = beyond + told
    return _GridPlacement(line, (float(across), float(down)))


def _on_line(before: Place, later: Place, frame: int) -> Box:
    share = (frame - before.frame) / max(later.frame - before.frame, 1)
    return np.asarray((1 - share) * before.box + share * later.box)


def _size(box: Box) -> NDArray[np.float64]:
    return np.asarray(box[2:] - box[:2])


def _ground(box: Box) -> tuple[int, int, int, int]:
    """Return the whole pixels of a box and of what is around it: what a grid lies on."""
    pad = np.tile(_size(box), 2) * AROUND * np.array([-1, -1, 1, 1])
    x1, y1, x2, y2 = (box + pad).tolist()
    low, high = (math.floor(x1), math.floor(y1)), (math.ceil(x2), math.ceil(y2))
    return *low, max(high[0], low[0] + 1), max(high[1], low[1] + 1)


def look_on_grid(segment: Segment, box: Box) -> Segment:
    """Return what a look at a box shows on the grid that carries it: as much as is needed of what videos keep of looks.

    What was not looked at, beyond the frame, continues what lies at its edge.
    """
    x1, y1, x2, y2 = ground = _ground(box)
    return Segment.of(ground, _on_grid(segment, ground, min(GRID, y2 - y1), min(GRID, x2 - x1)))


def _seen(look: Place, rows: int, columns: int) -> Cells:
    """Return bool (rows, columns): the cells of a grid over a look's box, and around it, that its segment touches."""
    none = np.zeros((rows, columns), dtype=np.bool_)
    return none if look.segment is None else _on_grid(look.segment, _ground(look.box), rows, columns)


def _on_grid(segment: Segment, ground: tuple[int, int, int, int], rows: int, columns: int) -> Cells:
    x1, y1, x2, y2 = segment.place
    high, wide = segment.bitmap.rows, segment.bitmap.columns
    left, top, right, bottom = ground
    across = (np.linspace(left, right, columns + 1) - x1) * (wide / (x2 - x1))
    down = (np.linspace(top, bottom, rows + 1) - y1) * (high / (y2 - y1))
    table = np.zeros((high + 1, wide + 1), dtype=np.int32)
    np.cumsum(np.cumsum(segment.cells, axis=0, dtype=np.int32), axis=1, out=table[1:, 1:])
    (above, below), (first, last) = _spans(down.round(6), high), _spans(across.round(6), wide)
    inside = table[below][:, last] - table[above][:, last] - table[below][:, first] + table[above][:, first]
    return np.asarray(inside > 0)


def _spans(edges: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first of `count` cells that each stretch between two edges touches, and the one after the last."""
    first = np.floor(edges[:-1]).clip(0, count - 1).astype(np.intp)
    last = np.ceil(edges[1:]).clip(1, count).astype(np.intp)
    return first, np.maximum(last, first + 1)


def _grown(cells: Cells, across: int, down: int) -> Cells:
    """Return the cells of a grid that have a true one within so many columns and rows."""
    kernel = np.ones((2 * down + 1, 2 * across + 1), np.uint8)
    wide = cv2.dilate(cells.view(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(wide, dtype=np.bool_)
