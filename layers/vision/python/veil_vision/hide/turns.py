"""In which order regions are hidden, and which of them at once.

One after the other, the largest first. A region reads no pixel under a core that is still to come, its own included.
What it does read is either the photo outside all cores or an earlier result, so by induction no result ever depends on
a pixel under a core. Regions of which none reads where another one is hidden take their turn together: that changes
nothing.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.regions import Region


def turns(regions: Sequence[Region], reads: Sequence[Window]) -> Iterator[list[tuple[int, list[int]]]]:
    """Yield the regions that are hidden at once, each with those that still wait in what it reads, itself included.

    Args:
        regions: In the order in which they would be hidden one by one.
        reads: The window that hiding each of them reads, its own within.

    Yields:
        Indices of regions.
    """
    if not regions:
        return
    windows = np.array([(each.x1, each.y1, each.x2, each.y2) for each in regions], dtype=np.int32)
    sees = _overlaps(np.array(reads, dtype=np.int32), windows)
    turn = [0] * len(regions)
    # Row by row, so that a region's turn is known before a later one asks for it.
    for later, earlier in np.argwhere(np.tril(sees | sees.T, -1)).tolist():
        turn[later] = max(turn[later], turn[earlier] + 1)
    for number in range(max(turn) + 1):
        now = [index for index, each in enumerate(turn) if each == number]
        yield [(each, (each + np.flatnonzero(sees[each, each:])).tolist()) for each in now]


def _overlaps(ones: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return bool (ones, others), which windows share a pixel."""
    x1, y1, x2, y2 = (edge[:, None] for edge in ones.T)
    left, top, right, bottom = others.T
    return np.asarray((x1 < right) & (left < x2) & (y1 < bottom) & (top < y2), dtype=np.bool_)
