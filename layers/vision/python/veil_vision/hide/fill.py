"""Smooth pictures of hidden places, made of nothing but the visible pixels around them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.regions import FULL
from veil_vision.image.shrinking import shrunk

GREY = np.float32(0.5)
# Cells with less to show than this are treated as hidden: their colour would be rounding noise.
LEAST_VISIBLE = 1 / 16
# Along a side; with fewer, what is drawn flickers where an object moves.
SAMPLES_PER_CELL = 4
# A level of so few cells gets its gaps closed by its mean.
COARSEST_CELLS = 3
# As many cells may lie along a side: each level of the pyramid is just half of the one before, down to the coarsest.
SIDES = (1, 2, 3, 4, 6, 8, 12, 16, 24)
# What one of the four cells weighs that make one of the next coarser level.
ONE_CELL = np.float32(1 / 4)
# OpenCV has no pictures of more channels (CV_CN_MAX of its version 5).
MOST_CHANNELS = 128

# Samples of a window in parts, uint8 or uint16 (h, w) or (h, w, c), and bool (h, w), which of them are hidden.
PartlyHidden = tuple[Sequence[NDArray[Any]], NDArray[np.bool_]]
# float32 (rows, columns, c + 1, windows).
Layers = NDArray[np.float32]


def fill(windows: Sequence[PartlyHidden], *, white: int) -> list[NDArray[np.float32]]:
    """Return coarse pictures of windows in which visible colours are carried into hidden places.

    Hidden samples are never read: they are deselected before any arithmetic. With nothing visible a picture is mid
    grey. The cost hardly grows with the window, because a coarse cell needs only a few samples; windows whose grids
    have one shape share every step.

    Args:
        windows: Samples, and which of them are hidden.
        white: The largest number that a sample may be.

    Returns:
        For each window float32 (rows, columns, c), 0 to 1, all of it at lower resolution.
    """
    filled: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(windows)
    by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
    cells = [_cells(*window, white) for window in windows]
    for index, each in enumerate(cells):
        by_shape[each.shape].append(index)
    for shape, indices in by_shape.items():
        at_once = MOST_CHANNELS // shape[2]
        for first in range(0, len(indices), at_once):
            chosen = indices[first : first + at_once]
            layers = np.stack([cells[index] for index in chosen], axis=3).astype(np.float32)
            layers *= (layers[:, :, -1:] >= LEAST_VISIBLE * white) * np.float32(1 / white)
            closed = np.ascontiguousarray(np.moveaxis(_pull_push(layers)[:, :, :-1], 3, 0))
            for index, picture in zip(chosen, closed, strict=True):
                filled[index] = picture
    return filled


def grid_shape(window: tuple[int, ...]) -> tuple[int, int]:
    """Return rows and columns of a grid, no more than pixels."""
    rows, columns = (SIDES[bisect_right(SIDES, length) - 1] for length in window[:2])
    return rows, columns


def _cells(parts: Sequence[NDArray[Any]], hidden: NDArray[np.bool_], white: int) -> NDArray[Any]:
    """Return the mean of what is visible in each cell, times its share, and that share: (rows, columns, c + 1)."""
    rows, columns = grid_shape(hidden.shape)
    stride = max(1, min(hidden.shape[0] // rows, hidden.shape[1] // columns) // SAMPLES_PER_CELL)
    mask = np.logical_not(hidden[::stride, ::stride]).view(np.uint8) * np.uint8(FULL)
    weight = mask if white == FULL else (mask > 0) * parts[0].dtype.type(white)
    sparse = [part[::stride, ::stride] for part in parts] + [weight]
    visible = cv2.copyTo(cv2.merge(sparse), mask)
    return shrunk(visible, columns, rows).reshape(rows, columns, -1)


def _pull_push(layers: Layers) -> Layers:
    """Return layers of full weight with the gaps closed from the next coarser level, recursively.

    `layers` are colours times weight, then the weight, 0 to 1. Published as the pull-push algorithm (Gortler et al.,
    The Lumigraph, 1996, section 3.4).
    """
    height, width, channels, windows = layers.shape
    gaps = 1 - layers[:, :, -1:]
    if max(height, width) <= COARSEST_CELLS:
        total = layers.sum(axis=(0, 1))
        mean = np.where(total[-1] > 0, total / np.maximum(total[-1], LEAST_VISIBLE), GREY)
        return np.asarray(layers + gaps * mean, dtype=np.float32)
    coarser = _pull_push(_pull(layers))
    flat = np.ascontiguousarray(coarser).reshape(*coarser.shape[:2], channels * windows)
    behind = cv2.resize(flat, (width, height), interpolation=cv2.INTER_LINEAR).reshape(layers.shape)
    return np.asarray(layers + gaps * behind, dtype=np.float32)


def _pull(layers: Layers) -> Layers:
    """Return the level of half the size; a cell with any visible part counts in full, up to 1."""
    height, width, channels, windows = layers.shape
    flat, size = layers.reshape(height, width, channels * windows), (max(width // 2, 1), max(height // 2, 1))
    mean = cv2.resize(flat, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], channels, windows)
    return np.asarray(mean / np.maximum(mean[:, :, -1:], ONE_CELL), dtype=np.float32)
