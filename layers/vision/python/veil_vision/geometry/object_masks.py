"""Segments: which parts of a rectangle an object fills, as a coarse grid that is never finer than pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.bitmaps import Bitmap

Place = tuple[int, int, int, int]

# Of two cells whose centres are d cells apart, the nearest points are at least d minus this many cells apart.
DIAGONAL = math.sqrt(2)
# OpenCV's distances are sums of 32-bit floats.
ROUNDING = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """What an object fills of a rectangle.

    Attributes:
        place: The rectangle, x1 y1 x2 y2: whole pixels of the upright image, half-open. It may reach beyond the image.
        bitmap: A grid of equal cells laid over the place; true where the object is.
    """

    place: Place
    bitmap: Bitmap

    def __post_init__(self) -> None:
        """Refuse what cannot be laid there.

        Raises:
            ValueError: The grid is finer than the pixels of its place.
        """
        x1, y1, x2, y2 = self.place
        if self.bitmap.rows > y2 - y1 or self.bitmap.columns > x2 - x1:
            raise ValueError(
                f"a grid of {self.bitmap.rows} x {self.bitmap.columns} cells does not fit onto {self.place}"
            )

    @classmethod
    def of(cls, place: Place, cells: NDArray[np.bool_]) -> "Segment":
        """Return the segment of the given cells, bool (rows, columns)."""
        return cls(place, Bitmap.of(cells))

    @property
    def cells(self) -> NDArray[np.bool_]:
        """A copy of the cells, bool (rows, columns)."""
        return self.bitmap.cells

    @classmethod
    def whole(cls, box: Sequence[float]) -> "Segment":
        """Return the segment of an object that may fill all of a box x1 y1 x2 y2, which has an area."""
        place = (math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3]))
        return cls.of(place, np.ones((1, 1), dtype=np.bool_))

    @property
    def is_whole(self) -> bool:
        """Whether the object fills all of the place."""
        return bool(self.cells.all())

    def within(self, window: Place, reach: float) -> NDArray[np.bool_]:
        """Return bool (h, w): the window's pixel cells that the segment touches or lies no farther from than `reach`.

        Rounds outward: some pixels up to two cells and a pixel farther away are in it, too.

        Args:
            window: x1 y1 x2 y2, whole pixels, half-open.
            reach: In pixels.
        """
        x1, y1, x2, y2 = self.place
        rows, columns = self.bitmap.rows, self.bitmap.columns
        grid, rim = self._dilated(reach)
        tops, bottoms = _met(window[1] - y1, window[3] - y1, rows, y2 - y1, rim)
        lefts, rights = _met(window[0] - x1, window[2] - x1, columns, x2 - x1, rim)
        # Columns first: then whole rows are copied, which is all that takes time.
        wide = grid.take(lefts, axis=1) | grid.take(rights, axis=1)
        return np.asarray(wide.take(tops, axis=0) | wide.take(bottoms, axis=0))

    def inside(self, box: Sequence[float]) -> NDArray[np.bool_]:
        """Return the cells whose centres lie in a box x1 y1 x2 y2."""
        (x1, y1, x2, y2), cells = self.place, self.cells
        rows, columns = cells.shape
        across = x1 + (np.arange(columns) + 0.5) * (x2 - x1) / columns
        down = y1 + (np.arange(rows) + 0.5) * (y2 - y1) / rows
        rows_inside, columns_inside = (down >= box[1]) & (down < box[3]), (across >= box[0]) & (across < box[2])
        return np.asarray(cells[rows_inside][:, columns_inside])

    def moved(self, across: int) -> "Segment":
        """Return the same segment that many pixels further right."""
        x1, y1, x2, y2 = self.place
        return Segment((x1 + across, y1, x2 + across, y2), self.bitmap)

    def _dilated(self, reach: float) -> tuple[NDArray[np.bool_], int]:
        """Return all cells within reach, the grid's and those around it, and how many there are around it.

        The outermost ones are false.
        """
        x1, y1, x2, y2 = self.place
        rows, columns = self.bitmap.rows, self.bitmap.columns
        cells = reach / min((x2 - x1) / columns, (y2 - y1) / rows) + DIAGONAL + ROUNDING if reach else 0.0
        rim = math.floor(cells) + 1
        padded = np.pad(self.cells, rim)
        return (distances(padded) <= cells if reach else padded), rim


def distances(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return float32 (h, w): how far each cell's centre is from the nearest one that is true, in cells."""
    # OpenCV crashes on arrays without elements.
    if not mask.any():
        return np.full(mask.shape, np.inf, dtype=np.float32)
    away = cv2.distanceTransform(np.logical_not(mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, dtype=np.float32)


def _met(first: int, last: int, count: int, length: int, rim: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the last cell that each pixel from `first` to `last` meets: two, for cells are no smaller.

    Args:
        first: In pixels from where the grid starts; may lie before it.
        last: Behind the last pixel.
        count: How many cells the grid has...
        length: ...for so many pixels.
        rim: How many more cells there are before the first and behind the last one.
    """
    pixels = np.arange(first, last, dtype=np.int64)
    low = (pixels * count) // length
    high = ((pixels + 1) * count - 1) // length
    outermost = count + 2 * rim - 1
    return (low + rim).clip(0, outermost), (high + rim).clip(0, outermost)
