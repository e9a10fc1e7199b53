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
    coarse = np.concatenate([colours, weight], axis=2)
    coarse[weight[..., 0] < LEAST_VISIBLE] = 0
    return _pull_push(coarse)


def _shrunk(image: NDArray[Any], rows: int, columns: int) -> NDArray[np.float32]:
    """Return the mean of each cell as float32 (rows, columns, c), 0 to 1."""
    small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA).reshape(rows, columns, -1)
    return small.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def grid_shape(window: tuple[int, ...], cells: int) -> tuple[int, int]:
    """Return rows and columns of a grid of nearly square cells, at most `cells` and at least one each way."""
    height, width = window[:2]
    share = min(1.0, cells / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _pull_push(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return colours with the gaps closed from the next coarser level, recursively.

    `layers` is float32 (h, w, c + 1): colours times weight, then the weight, 0 to 1. Published as
    the pull-push algorithm (Gortler et al., The Lumigraph, 1996, section 3.4).
    """
    height, width = layers.shape[:2]
    weight = layers[..., -1:]
    if weight.max() == 0:
        return np.full((height, width, layers.shape[2] - 1), GREY, dtype=np.float32)
    if weight.min() >= 1 or (height, width) == (1, 1):
        return layers[..., :-1] / weight
    coarser = _pull_push(_pull(layers))
    behind = cv2.resize(coarser, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    return np.asarray(layers[..., :-1] + (1 - weight) * behind, dtype=np.float32)


def _pull(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the level of half the size; a cell with any visible part counts in full, up to 1."""
    height, width = layers.shape[:2]
    half = ((width + 1) // 2, (height + 1) // 2)
    mean = cv2.resize(layers, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    weight = mean[..., -1:]
    raised = np.minimum(weight * 4, 1)
    return np.asarray(mean * np.divide(raised, weight, out=np.zeros_like(weight), where=weight > 0))
