"""Where one shot ends and the next begins."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = (64, 36)
BINS = 8
# Share of the pixels whose colours have to go, and mean change of a pixel (of 255). A fast pan changes pixels but
# keeps the colours; a lamp changes the colours of few pixels.
COLOURS, CHANGE = 0.5, 24.0

Thumbnail = NDArray[np.uint8]


def thumbnail(pixels: NDArray[Any]) -> Thumbnail:
    """Return what `is_cut` compares of a frame: uint8 (36, 64, 3) from uint8 (h, w, 3)."""
    return np.asarray(cv2.resize(pixels, THUMBNAIL, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def is_cut(before: Thumbnail, after: Thumbnail) -> bool:
    """Tell whether two frames in sequence are of different shots.

    In doubt they are of one: a cut that is missed hides too much for a second, one too many too little.
    """
    change = float(np.abs(before.astype(np.int16) - after.astype(np.int16)).mean())
    if change < CHANGE:
        return False
    return new_colours(before, after) >= COLOURS


def new_colours(before: Thumbnail, after: Thumbnail) -> float:
    """Return the share of the pixels, 0 to 1, whose colours one frame has and the other has not.

    What moves keeps its colours; what comes into the picture or leaves it seldom does.
    """
    return float(np.abs(_histogram(before) - _histogram(after)).sum()) / 2


def _histogram(picture: Thumbnail) -> NDArray[np.float64]:
    """Return the share of the pixels by colour, BINS levels in each channel."""
    levels = picture.reshape(-1, 3).astype(np.intp) * BINS // 256
    colours = levels @ np.array([BINS * BINS, BINS, 1])
    return np.asarray(np.bincount(colours, minlength=BINS**3) / len(colours))
