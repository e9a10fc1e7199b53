"""Photos to measure on: made from the public-domain portrait that scikit-image carries, so anyone can repeat."""

import cv2
import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray
from skimage.data import astronaut

Pixels = NDArray[np.uint8]


def crowd(*, width: int, height: int, columns: int, rows: int, seed: int = 0) -> Pixels:
    """Return a scene of `columns` x `rows` portraits of varying size, with the grain of a sensor."""
    portrait = np.asarray(astronaut(), dtype=np.uint8)  # type: ignore[no-untyped-call]  # scikit-image has no types
    chance = np.random.default_rng(seed)
    scene = cv2.resize(cv2.GaussianBlur(portrait, (0, 0), 20), (width, height), interpolation=cv2.INTER_CUBIC)
    cell_width, cell_height = width // columns, height // rows
    for row in range(rows):
        for column in range(columns):
            side = round(min(cell_width, cell_height) * chance.uniform(0.5, 0.95))
            small = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
            x = column * cell_width + int(chance.integers(0, cell_width - side + 1))
            y = row * cell_height + int(chance.integers(0, cell_height - side + 1))
            scene[y : y + side, x : x + side] = small
    grain = chance.normal(0, 3, (height, width, 1)).astype(np.float32)
    return np.asarray((scene + grain).clip(0, 255), dtype=np.uint8)


def as_jpeg(pixels: Pixels, quality: int = 92) -> bytes:
    """Return the pixels as a camera would store them."""
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=quality, colorsubsampling="420"))
