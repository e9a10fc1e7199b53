"""A smooth picture of hidden places, made of nothing but the visible pixels around them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FULL = 255
GREY = 0.5
# Cells with less to show than this are treated as hidden: their colour would be rounding noise.
LEAST_VISIBLE = 1 / 16
SAMPLES_PER_CELL = 2
# A level of so few cells gets its gaps closed by its mean.
COARSEST_CELLS = 3
# What one of the four cells weighs that make one of the next coarser level.
ONE_CELL = np.float32(1 / 4)

# float32 (h, w, c + 1).
Layers = NDArray[np.float32]


def fill(pixels: NDArray[Any], hidden: NDArray[np.bool_], *, cells: int) -> NDArray[np.float32]:
    """Return a coarse picture of a window in which visible colours are carried into hidden places.

    Hidden pixels are never read: they are deselected before any arithmetic. With nothing visible
    the picture is mid grey. The cost does not grow with the window, because a coarse cell needs
    only a few samples.

    Args:
        pixels: uint8 or uint16 (h, w, c).
        hidden: bool (h, w).
        cells: Length of the result's longer side; less where the window has fewer pixels.

    Returns:
        float32 (rows, columns, c), 0 to 1, the whole window at lower resolution.
    """
    rows, columns = grid_shape(hidden.shape, cells)
    stride = max(1, min(hidden.shape[0] // rows, hidden.shape[1] // columns) // SAMPLES_PER_CELL)
    seen = np.logical_not(hidden[::stride, ::stride]).view(np.uint8) * np.uint8(FULL)
    sample = np.ascontiguousarray(pixels[::stride, ::stride])
    visible = cv2.copyTo(sample, seen, np.zeros_like(sample))
    colours = _shrunk(visible, rows, columns)
    weight = _shrunk(seen, rows, columns)
    shown = (weight >= LEAST_VISIBLE).astype(np.float32)
    if not shown.any():
        return np.full(colours.shape, GREY, dtype=np.float32)
    return _pull_push(np.concatenate([colours, weight], axis=2) * shown)[..., :-1]


def _shrunk(image: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the mean of each cell as float32 (rows, columns, c), 0 to 1."""
    small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA).reshape(rows, columns, -1)
    return small.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def grid_shape(window: tuple[int, ...], cells: int) -> tuple[int, int]:
    """Return rows and columns of a grid of nearly square cells, at most `cells` and at least one each way."""
    height, width = window[:2]
    share = min(1.0, cells / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _pull_push(layers: Layers) -> Layers:
    """Return layers of full weight with the gaps closed from the next coarser level, recursively.

    `layers` is float32 (h, w, c + 1): colours times weight, then the weight, 0 to 1, not 0 everywhere. Published as
    the pull-push algorithm (Gortler et al., The Lumigraph, 1996, section 3.4).
    """
    height, width = layers.shape[:2]
    weight = layers[..., -1:]
    if weight.min() >= 1:
        return layers
    if max(height, width) <= COARSEST_CELLS:
        mean = layers.sum(axis=(0, 1))
        return np.asarray(layers + (1 - weight) * (mean / mean[-1]), dtype=np.float32)
    behind = cv2.resize(_pull_push(_pull(layers)), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(layers + (1 - weight) * behind, dtype=np.float32)


def _pull(layers: Layers) -> Layers:
    """Return the level of half the size; a cell with any visible part counts in full, up to 1."""
    height, width = layers.shape[:2]
    mean = cv2.resize(layers, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(mean / np.maximum(mean[..., -1:], ONE_CELL), dtype=np.float32)
