"""PNG files of pictures that are mostly zero, at the cost of the rest."""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.hide.sparse_deflate import deflated
from veil_vision.image.png_chunks import SIGNATURE, packed

# PNG's filter type "Up" and its colour types (W3C PNG, third edition, sections 9.2 and 11.2.1).
_UP, _GREY, _RGB = 2, 0, 2

Window = tuple[slice, slice]


def sparse_png(pixels: NDArray[np.uint8], windows: Sequence[Window] | None = None) -> bytes:
    """Return a PNG file: 8-bit grey for (h, w), 8-bit RGB for (h, w, 3).

    Rows in which something differs are stored as what differs from the row above, others plainly, as zeros.

    Args:
        pixels: uint8 (h, w) or (h, w, 3).
        windows: Rows and columns, start and stop, outside which all pixels are 0; None for anywhere. Nothing else is
            read, so the cost does not grow with the picture.
    """
    height, width = pixels.shape[:2]
    colour_type = _GREY if pixels.ndim == 2 else _RGB  # noqa: PLR2004 (grey has 2 axes)
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    everywhere = [(slice(0, height), slice(0, width))]
    rows, channels = pixels.reshape(height, -1), pixels.size // (width * height)
    stored = _deflated(rows, everywhere if windows is None else windows, channels)
    return b"".join([SIGNATURE, packed(b"IHDR", header), packed(b"IDAT", stored), packed(b"IEND", b"")])


def _deflated(rows: NDArray[np.uint8], windows: Sequence[Window], channels: int) -> bytes:
    """Return the zlib stream of the filtered rows."""
    stride = rows.shape[1] + 1
    places, values = [np.empty(0, np.int64)], [np.empty(0, np.uint8)]
    filtered = np.zeros(len(rows), np.bool_)
    for down, across in windows:
        top, bottom = down.start, min(down.stop + 1, len(rows))
        columns = slice(across.start * channels, across.stop * channels)
        changed, first = rows[top:bottom, columns].copy(), 0 if top else 1
        changed[first:] -= rows[top + first - 1 : bottom - 1, columns]
        found = np.flatnonzero(changed != 0)
        row, column = np.divmod(found, changed.shape[1])
        places.append((top + row) * stride + 1 + columns.start + column)
        values.append(changed.reshape(-1)[found])
        filtered[top:bottom] = True
    places.append(np.flatnonzero(filtered) * stride)
    values.append(np.full(len(places[-1]), _UP, np.uint8))
    # Windows may share pixels.
    merged, index = np.unique(np.concatenate(places), return_index=True)
    return deflated(merged, np.concatenate(values)[index], len(rows) * stride)
