"""Look again at a few places of a picture, at the cost of their own pixels only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.inputs import STRIDE, Pixels, resize
from veil_vision.geometry.boxes import Window
from veil_vision.geometry.detections import Detections
from veil_vision.models.plans import AtlasPlan

# Between crops, so that nothing is seen that is made of two of them; the network's own idea of nothing.
GAP = 16
GREY = 127
# Widths of pages that are tried, in pixels apart: rows that end in the same column leave least grey.
_WIDTH_STEP = 64


class _Crop(NamedTuple):
    """A box of the picture, and its width and height in the atlas."""

    box: Window
    size: tuple[int, int]


class _Cell(NamedTuple):
    """A crop and its box in the atlas."""

    crop: _Crop
    box: Window


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Crops of a picture, each of which is a cell.

    Attributes:
        pixels: uint8 (height, width, 3), RGB; sides are multiples of the stride, which reach the network as they are.
    """

    pixels: Pixels
    cells: Sequence[_Cell]


def look_again(
    detector: Detector,
    pixels: Pixels,
    windows: Sequence[Window] | NDArray[np.intp],
    *,
    threshold: float,
    plan: AtlasPlan,
) -> Detections:
    """Return what the detector finds in and around the windows, in pixels of the picture.

    Crops that share an object each report it.

    Args:
        detector: What to look with.
        pixels: uint8 (height, width, 3), RGB, upright.
        windows: Whole-pixel boxes (x1, y1, x2, y2) within the picture, not empty.
        threshold: Lowest score that counts.
        plan: How to look.
    """
    return look_at(detector, atlases(pixels, windows, plan), threshold=threshold)


def atlases(pixels: Pixels, windows: Sequence[Window] | NDArray[np.intp], plan: AtlasPlan) -> list[Atlas]:
    """Return crops around windows, brought to one size and packed into few pictures; see `look_again`."""
    height, width = pixels.shape[:2]
    crops = [_around(window, plan, width=width, height=height) for window in np.asarray(windows).tolist()]
    return [Atlas(_draw(pixels, page), page) for page in _pack(crops, plan)]


def look_at(detector: Detector, pages: Sequence[Atlas], *, threshold: float) -> Detections:
    """Return what the detector finds in atlases, each in one run of the network, in pixels of the picture."""
    return Detections.concat([_look_at(detector, page, threshold) for page in pages])


def atlas_pixels(windows: Sequence[Window] | NDArray[np.intp], size: tuple[int, int], plan: AtlasPlan) -> int:
    """Return about how many pixels the atlases of a picture of this size, (width, height), have for these windows."""
    crops = [_around(window, plan, width=size[0], height=size[1]) for window in np.asarray(windows).tolist()]
    return sum((width + GAP) * (height + GAP) for _, (width, height) in crops)


def surroundings(window: Window, plan: AtlasPlan, *, width: int, height: int) -> Window:
    """Return what of a picture of this size is looked at for a window."""
    return _around(window, plan, width=width, height=height).box


def _around(window: Window, plan: AtlasPlan, *, width: int, height: int) -> _Crop:
    left, top, right, bottom = window
    extra = (plan.context - 1) / 2
    by_x, by_y = math.ceil(extra * (right - left)), math.ceil(extra * (bottom - top))
    box = (max(0, left - by_x), max(0, top - by_y), min(width, right + by_x), min(height, bottom + by_y))
    scale = min(plan.most_scale, plan.window_side / max(right - left, bottom - top))
    return _Crop(box, (max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale))))


def _pack(crops: Sequence[_Crop], plan: AtlasPlan) -> list[list[_Cell]]:
    """Return pages of cells: few, and of as few pixels as rows of one of several widths give."""
    widest = max((crop.size[0] for crop in crops), default=plan.atlas_side)
    widths = [plan.atlas_side, *range(widest, plan.atlas_side, _WIDTH_STEP)]
    return min((_laid(crops, width, plan.atlas_side) for width in widths), key=_cost)


def _cost(pages: Sequence[Sequence[_Cell]]) -> tuple[int, int]:
    """Return how many runs of a network pages are, and of how many pixels."""
    return len(pages), sum(width * height for width, height in map(_extent, pages))


def _laid(crops: Sequence[_Crop], most_width: int, most_height: int) -> list[list[_Cell]]:
    """Return pages of cells, laid in rows of a length from the top left."""
    pages: list[list[_Cell]] = []
    x, y, row = most_width, most_height, 0
    for crop in crops:
        width, height = crop.size
        if x + width > most_width:
            x, y, row = 0, y + row, 0
        if y + height > most_height:
            pages.append([])
            x = y = row = 0
        pages[-1].append(_Cell(crop, (x, y, x + width, y + height)))
        x, row = x + width + GAP, max(row, height + GAP)
    return pages


def _look_at(detector: Detector, atlas: Atlas, threshold: float) -> Detections:
    found = detector.detect(atlas.pixels, threshold=threshold, long_side=max(atlas.pixels.shape[:2]))
    return _in_picture(found, atlas.cells)


def _extent(page: Sequence[_Cell]) -> tuple[int, int]:
    """Return width and height of a page: multiples of the stride reach the network without being resized."""
    right, bottom = (max(ends) for ends in zip(*(cell.box[2:] for cell in page), strict=True))
    return -(-right // STRIDE) * STRIDE, -(-bottom // STRIDE) * STRIDE


def _draw(pixels: Pixels, page: Sequence[_Cell]) -> Pixels:
    width, height = _extent(page)
    atlas = np.full((height, width, 3), GREY, np.uint8)
    for cell in page:
        left, top, right, bottom = cell.crop.box
        x1, y1, x2, y2 = cell.box
        atlas[y1:y2, x1:x2] = resize(pixels[top:bottom, left:right], x2 - x1, y2 - y1)
    return atlas


def _in_picture(found: Detections, cells: Sequence[_Cell]) -> Detections:
    """Return the detections centred in each cell, cell by cell, cut to it, in pixels of the picture."""
    places, crops = np.array([cell.box for cell in cells]), np.array([cell.crop.box for cell in cells])
    low, high = places[:, :2], places[:, 2:]
    centres = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    cell, index = np.nonzero(((centres >= low[:, None]) & (centres < high[:, None])).all(axis=2))
    scale = ((crops[:, 2:] - crops[:, :2]) / (high - low)).astype(np.float32)
    origin, end, factor, start = (np.tile(each, 2)[cell] for each in (low, high, scale, crops[:, :2]))
    mine = found.select(index)
    boxes = (mine.boxes.clip(origin, end) - origin) * factor + start
    return Detections(boxes.astype(np.float32), mine.scores, mine.classes)
