"""Outlines around a detection: which cells of a grid they touch, and how far away pixels are.

Windows are (x1, y1, x2, y2), half-open, whole pixels of the upright image, and whole cells.
"""

import math
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.object_masks import Segment, distances

Pair = tuple[float, float]
# Width and height of a grid's cells in pixels.
Block = tuple[int, int]
PIXEL: Block = (1, 1)

# A float sum may land a hair inside the true edge; this keeps the touch test on the hiding side.
OUTWARD = 1 + 1e-9
# Between an ellipse (2), which must reach far beyond a box to hold its corners, and the box itself.
EXPONENT = 4


class Outline(Protocol):
    """A closed shape around a centre, in pixels of the upright image."""

    @property
    def centre(self) -> Pair:
        """The x and y of the centre."""
        ...

    @property
    def radii(self) -> Pair:
        """How far the shape reaches from its centre along x and y."""
        ...

    def core(self, window: Window, block: Block) -> NDArray[np.bool_]:
        """Return bool (rows, columns): the window's cells that the shape touches at all."""
        ...

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return float32 (h, w): how far outside the shape pixel centres lie, 1 where `fade` ends."""
        ...


@dataclass(frozen=True, slots=True)
class Superellipse:
    """A rounded box with its axes along x and y: |x / rx|^4 + |y / ry|^4 <= 1 (Lamé's curve); see `Outline`."""

    centre: Pair
    radii: Pair

    def core(self, window: Window, block: Block) -> NDArray[np.bool_]:
        """Return the touched cells: those whose point nearest to the centre lies inside the shape, which is exact."""
        (x, y), (rx, ry) = self.centre, self.radii
        across = np.square(np.square(_to_cells(x, window[0], window[2], block[0]) / rx))
        down = np.square(np.square(_to_cells(y, window[1], window[3], block[1]) / ry))
        return np.asarray(across <= (OUTWARD - down)[:, None])

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance along rays from the centre; what fades out has the shape's proportions, and its width."""
        width_in_radii = fade[0] / self.radii[0]
        across, down = _offsets(self.centre, window)
        faded = _lengths(np.square(across / self.radii[0]), np.square(down / self.radii[1]))
        np.sqrt(faded, out=faded)
        faded -= 1
        faded /= np.float32(width_in_radii)
        return faded


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle with its sides along x and y; see `Outline`.

    Its edges are kept as they are: rebuilt from a centre they would be off by a hair, and a hair can be a row.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> Pair:
        """The x and y of the centre."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def radii(self) -> Pair:
        """Half of width and height."""
        return (self.right - self.left) / 2, (self.bottom - self.top) / 2

    def core(self, window: Window, block: Block) -> NDArray[np.bool_]:
        """Return the touched cells."""
        (x1, y1, x2, y2), (across, down) = window, block
        touched = np.zeros(((y2 - y1) // down, (x2 - x1) // across), dtype=bool)
        left, top = math.floor(self.left) - x1, math.floor(self.top) - y1
        right, bottom = math.ceil(self.right) - x1, math.ceil(self.bottom) - y1
        if right > left and bottom > top:
            columns = slice(max(left // across, 0), max(-(-right // across), 0))
            touched[max(top // down, 0) : max(-(-bottom // down), 0), columns] = True
        return touched

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance to the nearest side or corner."""
        across, down = (np.abs(each) for each in _offsets(self.centre, window))
        return _lengths((across - self.radii[0]).clip(0) / fade[0], (down - self.radii[1]).clip(0) / fade[1])


@dataclass(frozen=True, slots=True, eq=False)
class Dilated:
    """What lies within reach of a segment inside a rectangle; see `Outline`.

    Attributes:
        segment: What is dilated.
        reach: By how many pixels.
        rectangle: What limits it.
    """

    segment: Segment
    reach: float
    rectangle: Rectangle

    @property
    def centre(self) -> Pair:
        """The x and y of the rectangle's centre."""
        return self.rectangle.centre

    @property
    def radii(self) -> Pair:
        """Half of the rectangle's width and height."""
        return self.rectangle.radii

    def core(self, window: Window, block: Block) -> NDArray[np.bool_]:
        """Return the touched cells."""
        touched, (across, down) = self._touched(window), block
        cells = (touched[row::down, column::across] for row in range(down) for column in range(across))
        return reduce(np.bitwise_or, cells)

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance to the nearest touched pixel of the window, in the shorter fade."""
        # To the centre of a pixel it is half a pixel more than to its edge.
        return np.asarray((distances(self._touched(window)) - 0.5).clip(0) / min(fade), dtype=np.float32)

    def _touched(self, window: Window) -> NDArray[np.bool_]:
        return self.rectangle.core(window, PIXEL) & self.segment.within(window, self.reach)


def _to_cells(centre: float, first: int, end: int, step: int) -> NDArray[np.float64]:
    """Return how far from a centre the nearest point of each cell between two edges is, along one axis."""
    edges = np.arange(first, end, step) - centre
    return np.asarray(np.maximum(np.maximum(edges, -step - edges), 0))


def _offsets(centre: Pair, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the window's pixel centres are from a centre: x per column, y per row."""
    x1, y1, x2, y2 = window
    across, down = np.arange(x1, x2, dtype=np.float64), np.arange(y1, y2, dtype=np.float64)
    return across + (0.5 - centre[0]), down + (0.5 - centre[1])


def _lengths(across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the (h, w) lengths of the vectors with the given x per column and y per row."""
    squared = np.add.outer(np.square(down, dtype=np.float32), np.square(across, dtype=np.float32))
    return np.asarray(np.sqrt(squared, out=squared))
