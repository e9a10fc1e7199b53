"""Where one shot ends and the next begins."""

from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = (64, 36)
BINS = 8
# Mean change of a pixel (of 255), and share of the pixels whose colours go.
CHANGE, COLOURS = 24.0, 0.5
# Level that a hundredth of the samples exceed where enough light falls. Where less does, less of a change is one, down
# to the level below which noise would be.
BRIGHT, LIGHT, DARKEST = 99, 140.0, 30.0
# Share of a frame's detail that the other one has nowhere near, from which they show different things; a lower one
# where the colours go too. A flash keeps 0.8 of the detail on average, a fast pan 0.6 at least, a cut 0.4 at most; and
# shots of one place keep their colours over a cut.
GONE, GONE_WITH_COLOURS = 0.5, 0.3
# Of a thumbnail: the size of a block that is looked for in the other one, and how far it may have moved.
BLOCK, REACH = (16, 12), (12, 8)

Thumbnail = NDArray[np.uint8]


def thumbnail(pixels: NDArray[Any]) -> Thumbnail:
    """Return what `is_cut` compares of a frame: uint8 (36, 64, 3) from uint8 (h, w, 3)."""
    return np.asarray(cv2.resize(pixels, THUMBNAIL, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def is_cut(before: Thumbnail, after: Thumbnail) -> bool:
    """Tell whether two frames in sequence are of different shots.

    In doubt they are of one: a cut that is missed hides too much for a second, one too many too little.
    """
    change = float(np.abs(before.astype(np.int16) - after.astype(np.int16)).mean())
    if change < CHANGE * DARKEST / LIGHT or change < CHANGE * _light(before, after):
        return False
    least = GONE_WITH_COLOURS if new_colours(before, after) >= COLOURS else GONE
    # What passes close by hides detail, and what fills the picture brings some. A cut does both.
    return new_detail(before, after) >= least and new_detail(after, before) >= least


def _light(before: Thumbnail, after: Thumbnail) -> float:
    """Return how much light there is in the brighter one of two frames, as a share of enough."""
    light = max(float(np.percentile(each, BRIGHT)) for each in (before, after))
    return min(max(light, DARKEST) / LIGHT, 1)


def new_detail(before: Thumbnail, after: Thumbnail) -> float:
    """Return the share, 0 to 1, of a frame's variance that nothing nearby in the frame before resembles."""
    (width, height), (across, down) = BLOCK, REACH
    wide = cv2.copyMakeBorder(before, down, down, across, across, cv2.BORDER_REPLICATE)
    rows, columns = range(0, after.shape[0], height), range(0, after.shape[1], width)
    variances, alike = [], []
    for top, left in product(rows, columns):
        block = after[top : top + height, left : left + width]
        around = wide[top : top + height + 2 * down, left : left + width + 2 * across]
        variances.append(float(block.reshape(-1, 3).var(axis=0).sum()) + 1)
        # Brightness and contrast take no part in it.
        alike.append(max(float(cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED).max()), 0.0))
    return 1 - float(np.average(np.square(alike), weights=variances))


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
