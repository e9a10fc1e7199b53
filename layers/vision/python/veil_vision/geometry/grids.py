"""Grids of tiles that a customer asks for."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from veil_vision.errors import FormatMismatchError

_TILE_SIDE = 1280
# The share of a panorama's width that neighbours have in common. What the pass over the whole picture, at a long side
# of 960, shows with 32 pixels or more it finds for sure, and what only tiles find lies whole in one of them.
_SHARED = 32 / 960
# More columns would be narrower than what they share.
_MOST_COLUMNS = 24

Tile = tuple[int, int, int, int]
"""A window of a picture in whole pixels: x1 y1 x2 y2, half-open. Of a panorama it may reach beyond left and right."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal tiles in columns and rows.

    Attributes:
        columns: Tiles side by side.
        rows: Tiles one above the other.
        overlap_x: What neighbours in a row share: below 1 a fraction of a tile's width, from 1 pixels.
        overlap_y: What neighbours in a column share: below 1 a fraction of a tile's height, from 1 pixels.
        width: Width that the picture must have; None for any.
        height: Height that the picture must have; None for any.
        wraps: Whether the left edge continues at the right one, as in a panorama of a full turn.
    """

    columns: int
    rows: int
    overlap_x: float = 0
    overlap_y: float = 0
    width: int | None = None
    height: int | None = None
    wraps: bool = False

    @classmethod
    def of_panorama(cls, width: int, height: int) -> "Grid":
        """Return the grid for a panorama of a full turn and any size, of at least two columns."""
        rows = min(ceil(height / _TILE_SIDE), _MOST_COLUMNS)
        columns = min(max(ceil(width / _TILE_SIDE), 2), _MOST_COLUMNS)
        shared = ceil(_SHARED * width)
        return cls(columns, rows, shared, min(shared, height // (2 * rows)), width, height, wraps=True)

    def tiles(self, width: int, height: int) -> list[Tile]:
        """Return the tiles of a picture; together they cover it.

        Where the picture wraps, the first and the last tile of a row are neighbours and share as much as others do.

        Raises:
            FormatMismatchError: The picture has another size than the grid is for, or is too small for it.
        """
        if (self.width or width, self.height or height) != (width, height):
            raise FormatMismatchError(f"The image has {width}x{height} pixels, not {self.width}x{self.height}.")
        across = _spans(width, self.columns, self.overlap_x, wraps=self.wraps)
        down = _spans(height, self.rows, self.overlap_y)
        return [(left, top, right, bottom) for top, bottom in down for left, right in across]


def _spans(length: int, count: int, wanted: float, *, wraps: bool = False) -> list[tuple[int, int]]:
    overlap = ceil(wanted if wanted >= 1 else wanted * length / count)
    # What reached beyond the next tile would be searched in a third one as well, and 64 x 64 tiles a thousand times.
    if count > length or overlap > ceil(length / count):
        raise FormatMismatchError(f"{count} tiles with an overlap of {overlap} do not fit into {length} pixels.")
    edges = [round(index * length / count) for index in range(count + 1)]
    # Half of the overlap goes to either neighbour, so that tiles stay centred on their share.
    before, after = overlap // 2, overlap - overlap // 2
    low, high = (-before, length + after) if wraps else (0, length)
    return [(max(low, start - before), min(high, stop + after)) for start, stop in pairwise(edges)]
