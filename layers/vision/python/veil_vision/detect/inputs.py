"""Pixels -> the array a network reads, and boxes -> back to the pixels they came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Boxes

Pixels = NDArray[np.uint8]

STRIDE = 32


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a network's input came from.

    Attributes:
        width: Of the source, in pixels.
        height: Of the source, in pixels.
        scale_x: Network pixels per source pixel.
        scale_y: Network pixels per source pixel.
    """

    width: int
    height: int
    scale_x: float
    scale_y: float

    def to_source(self, boxes: Boxes) -> Boxes:
        """Return boxes of the network's input in pixels of the source, clipped to it."""
        scale = np.array([self.scale_x, self.scale_y] * 2, dtype=np.float32)
        limit = np.array([self.width, self.height] * 2, dtype=np.float32)
        return np.asarray(np.clip(boxes / scale, 0, limit), dtype=np.float32)


def stretched(pixels: Pixels, long_side: int) -> tuple[Pixels, Frame]:
    """Return the picture with its long side near `long_side` and both sides stretched to multiples of the stride."""
    width, height = (_up(side) for side in scaled_size(pixels, long_side))
    return resize(pixels, width, height), _frame(pixels, width, height)


def padded(pixels: Pixels, long_side: int, *, value: int = 0) -> tuple[Pixels, Frame]:
    """Return the picture scaled to `long_side`, with `value` right and below up to multiples of the stride."""
    width, height = scaled_size(pixels, long_side)
    scaled, frame = resize(pixels, width, height), _frame(pixels, width, height)
    if (_up(height), _up(width)) == (height, width):
        return scaled, frame
    canvas = np.full((_up(height), _up(width), 3), value, np.uint8)
    canvas[:height, :width] = scaled
    return canvas, frame


def scaled_size(pixels: Pixels, long_side: int) -> tuple[int, int]:
    """Return (width, height) of the picture scaled so that its longer side is `long_side`."""
    height, width = pixels.shape[:2]
    scale = long_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return the picture in the given size; the same array when it has that size already.

    No pixel is skipped, so small faces stay: sides are halved until less than twice the wanted length remains. Down to
    a half, interpolation still reads each pixel, at an eighth of what OpenCV's averaging of true areas costs.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    sizes = _sizes.get()
    return _resized(pixels, width, height) if sizes is None else sizes.of(pixels, width, height)


@contextmanager
def resized_once(pixels: Pixels) -> Iterator[None]:
    """Let all who look at a picture meanwhile share its sizes, and its halves on the way; it must stay as it is."""
    token = _sizes.set(_Sizes(pixels))
    try:
        yield
    finally:
        _sizes.reset(token)


class _Sizes:
    """Sizes of one picture. What was made of it is kept, so that no other array is ever taken for it."""

    def __init__(self, pixels: Pixels) -> None:
        self._kept = {id(pixels): pixels}
        self._made: dict[tuple[int, int, int], Pixels] = {}

    def of(self, pixels: Pixels, width: int, height: int) -> Pixels:
        """Return what `resize` does, of any array."""
        if id(pixels) not in self._kept:
            return _resized(pixels, width, height)
        key = (id(pixels), width, height)
        if key not in self._made:
            made = _resized(pixels, width, height)
            self._made[key] = self._kept[id(made)] = made
        return self._made[key]


_sizes: ContextVar[_Sizes | None] = ContextVar("sizes", default=None)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    down, across = (2 if length >= 2 * to else 1 for length, to in zip(pixels.shape, (height, width), strict=False))
    if down == across == 1:
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    rows, columns = pixels.shape[0] // down, pixels.shape[1] // across
    if (rows, columns) != (height, width):
        return resize(resize(pixels, columns, rows), width, height)
    even = pixels[: rows * down, : columns * across]
    return np.asarray(cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def blob(pixels: Pixels, *, bgr: bool = False) -> NDArray[np.float32]:
    """Return RGB pixels as float32 (1, 3, height, width), 0 to 255, channels swapped if `bgr`."""
    planes = np.empty((1, 3, *pixels.shape[:2]), np.float32)
    for plane, target in zip(cv2.split(pixels), planes[0, ::-1] if bgr else planes[0], strict=True):
        target[...] = plane
    return planes


def _frame(pixels: Pixels, width: int, height: int) -> Frame:
    return Frame(pixels.shape[1], pixels.shape[0], width / pixels.shape[1], height / pixels.shape[0])


def _up(side: int) -> int:
    return -(-side // STRIDE) * STRIDE
