"""Outlines around a detection: which pixel cells they touch, and how far away the others are.

Windows are (x1, y1, x2, y2), half-open, whole pixels of the upright image.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window, cover
from veil_vision.geometry.object_masks import Segment, distances

Pair = tuple[float, float]

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

    def core(self, window: Window) -> NDArray[np.bool_]:
        """Return bool (h, w): the window's pixel cells that the shape touches at all."""
        ...

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return float32 (h, w): how far outside the shape pixel centres lie, 1 where `fade` ends."""
        ...


@dataclass(frozen=True, slots=True)
class Superellipse:
    """A rounded box with its axes along x and y: |x / rx|^4 + |y / ry|^4 <= 1 (Lamé's curve); see `Outline`."""

    centre: Pair
    radii: Pair

    def core(self, window: Window) -> NDArray[np.bool_]:
        """Return the touched cells: in each row one run of columns.

        A cell touches the shape where its point nearest to the centre lies inside it. That
        point's y is the same for a whole row of cells, so the row's touched cells are those which
        the chord at that y meets: exact, and one root per row.
        """
        tops = np.arange(window[1], window[3])
        nearest = np.clip(self.centre[1], tops, tops + 1) - self.centre[1]
        left_over = OUTWARD - (nearest / self.radii[1]) ** EXPONENT
        half_chord = self.radii[0] * left_over.clip(0) ** (1 / EXPONENT) * OUTWARD
        first = np.where(left_over < 0, window[2], np.ceil(self.centre[0] - half_chord) - 1)
        last = np.floor(self.centre[0] + half_chord)
        columns = np.arange(window[0], window[2], dtype=np.int32)
        low, high = (run.clip(window[0] - 1, window[2]).astype(np.int32)[:, None] for run in (first, last))
        return np.asarray((columns >= low) & (columns <= high))

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance along rays from the centre; what fades out has the shape's proportions, and its width."""
        width_in_radii = fade[0] / self.radii[0]
        across, down = _offsets(self.centre, window)
        squares = ((each / radius) ** 2 for each, radius in zip((across, down), self.radii, strict=True))
        faded = np.sqrt(_lengths(*squares))
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

    def core(self, window: Window) -> NDArray[np.bool_]:
        """Return the touched cells."""
        x1, y1, x2, y2 = window
        touched = np.zeros((y2 - y1, x2 - x1), dtype=bool)
        box = np.array([[self.left, self.top, self.right, self.bottom]], dtype=np.float32)
        for left, top, right, bottom in cover(box, width=x2, height=y2):
            touched[max(top - y1, 0) : bottom - y1, max(left - x1, 0) : right - x1] = True
        return touched

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance to the nearest side or corner."""
        across, down = _offsets(self.centre, window)
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

    def core(self, window: Window) -> NDArray[np.bool_]:
        """Return the touched cells."""
        return self.rectangle.core(window) & self.segment.within(window, self.reach)

    def distance(self, window: Window, fade: Pair) -> NDArray[np.float32]:
        """Return the distance to the nearest touched cell of the window, in the shorter fade."""
        # To the centre of a cell it is half a pixel more than to its edge.
        return np.asarray((distances(self.core(window)) - 0.5).clip(0) / min(fade), dtype=np.float32)


def _offsets(centre: Pair, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the window's pixel centres are from a centre: x per column, y per row."""
    across = np.arange(window[0], window[2]) + 0.5 - centre[0]
    down = np.arange(window[1], window[3]) + 0.5 - centre[1]
    return np.abs(across), np.abs(down)


def _lengths(across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the (h, w) lengths of the vectors with the given x per column and y per row."""
    squared = np.add.outer((down**2).astype(np.float32), (across**2).astype(np.float32))
    return np.asarray(np.sqrt(squared, out=squared))
