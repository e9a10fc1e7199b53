"""Grids of cells that are true or false, at a bit a cell: a video has thousands, one for each look at an object."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A grid of cells. Equal ones have equal cells.

    Attributes:
        rows: How many there are, at least one.
        columns: Likewise.
        bits: The cells by rows, eight in a byte, the first one highest; the last byte is filled up with zeros.
    """

    rows: int
    columns: int
    bits: bytes

    def __post_init__(self) -> None:
        """Refuse what is no grid.

        Raises:
            ValueError: It has no cells, or there is not a bit for each.
        """
        if min(self.rows, self.columns) < 1 or len(self.bits) != -(-self.rows * self.columns // 8):
            raise ValueError(f"{len(self.bits)} bytes are no grid of {self.rows} x {self.columns} cells")

    @classmethod
    def of(cls, cells: NDArray[np.bool_]) -> Self:
        """Return the grid of the given cells, bool (rows, columns)."""
        rows, columns = cells.shape
        return cls(rows, columns, np.packbits(cells).tobytes())

    @property
    def cells(self) -> NDArray[np.bool_]:
        """A copy of the cells, bool (rows, columns)."""
        bits = np.unpackbits(np.frombuffer(self.bits, dtype=np.uint8), count=self.rows * self.columns)
        return bits.reshape(self.rows, self.columns).view(np.bool_)
