"""Whether what was taken for a licence plate has characters on it: lamps, wheels, badges and whole scenes have none.

No model reads here. Small boxes are asked for the changes between light and dark that a row across characters has;
large ones, in which characters cannot hide, for many of these or for several marks of one height in a row. Only what
the network was not sure of is asked, but for boxes that fill the view: there it errs with high scores too.
"""

from collections.abc import Iterable
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, resize
from veil_vision.geometry.boxes import Boxes, area

# What is looked at is brought to this height, and cut at this width.
HEIGHT, MOST_WIDTH = 48, 256
# Shares of the view: from the first on a box is large, from the second on it fills the view.
LARGE, FILLING = 0.02, 0.25
# Lower boxes, in pixels, are too coarse to show separate characters; still lower ones to be asked at all.
LEGIBLE, LEAST_HEIGHT = 32, 8
# Scores from which small and large boxes count without being asked. Of 181 plates the least sure has 0.58.
SURE_SMALL, SURE_LARGE = 0.62, 0.67
# Changes between light and dark along a row, from one end to the other of what lies within these shares of the width.
# Of 21 drawn American plates of which the network is not sure, most of them faded, one has fewer.
LEAST_CHANGES, ENDS = 4.5, 0.08
# So many speak for a large box as well: characters over a picture, as on American plates, stand apart as marks in none.
MANY_CHANGES = 9.0
# Levels of 256 that are noise.
LEAST_LEVEL = 0.5
# Marks of one height in a row. Of 46 plates of at least a fiftieth of the view, 45 show four or more.
LEAST_MARKS, LEAST_MARKS_FILLING = 4, 3
# Degrees by which a plate may be turned, besides lying upright, if its characters are to be found.
TURNS = (-45, -30, -15, 15, 30, 45)
# A plate's width over its height, where the box around it cannot tell.
TYPICAL_RATIO = 3.0
# Near 45 degrees a box is a square whatever plate is in it: cosine and sine squared differ by less than this.
LEAST_APART = 0.2


def show_characters(pixels: Pixels, boxes: Boxes, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which boxes (n, 4) are sure to be plates or look as if they had characters; pixels are what was seen."""
    shares = area(boxes) / (pixels.shape[0] * pixels.shape[1])
    heights = boxes[:, 3] - boxes[:, 1]
    large = (shares >= LARGE) & (heights >= LEGIBLE)
    sure = scores >= np.where(large, SURE_LARGE, SURE_SMALL)
    shown = (sure & (shares < FILLING)) | (heights < LEAST_HEIGHT)
    for index in np.flatnonzero(~shown):
        upright = _cut(pixels, boxes[index])
        if shares[index] >= FILLING:
            shown[index] = _fills_with_characters(upright, sure=bool(sure[index]))
        else:
            turned = (_turned(pixels, boxes[index], degrees) for degrees in TURNS)
            views = (view for view in turned if view is not None)
            shown[index] = _shows_large(upright, views) if large[index] else _shows_small(upright, views)
    return np.asarray(shown, dtype=np.bool_)


def _fills_with_characters(upright: NDArray[np.uint8], *, sure: bool) -> bool:
    """Return whether what fills the view shows marks or, blurred by being enlarged, at least changes."""
    return marks_in_a_row(upright) >= LEAST_MARKS_FILLING or (sure and changes(upright) >= MANY_CHANGES)


def _shows_large(upright: NDArray[np.uint8], turned: Iterable[NDArray[np.uint8]]) -> bool:
    views = chain([upright], turned)
    return any(changes(view) >= MANY_CHANGES or marks_in_a_row(view) >= LEAST_MARKS for view in views)


def _shows_small(upright: NDArray[np.uint8], turned: Iterable[NDArray[np.uint8]]) -> bool:
    # Turned until something fits, any spot has a few changes.
    return changes(upright) >= LEAST_CHANGES or any(changes(view) >= MANY_CHANGES for view in turned)


def changes(crop: NDArray[np.uint8]) -> float:
    """Return how often a row of the middle quarter changes between light and dark, on average, the ends left out.

    Light and dark are half of the row's standard deviation off the mean of the surroundings: so the plate's own edge
    and its frame, which stand out more than the characters do, count for nothing.
    """
    values = crop.astype(np.float32)
    detail = values - cv2.blur(values, (HEIGHT // 4, HEIGHT // 4))
    end = round(ENDS * crop.shape[1])
    detail = detail[3 * HEIGHT // 8 : 5 * HEIGHT // 8, end : crop.shape[1] - end]
    level = 0.5 * detail.std(axis=1, keepdims=True) + LEAST_LEVEL
    signs = np.sign(detail) * (np.abs(detail) > level)
    return float(np.mean([np.count_nonzero(np.diff(row[row != 0])) for row in signs]))


def marks_in_a_row(crop: NDArray[np.uint8]) -> int:
    """Return the largest number of marks that may be characters of one line, dark on light or light on dark."""
    return max(_in_a_row(_marks(crop)), _in_a_row(_marks(255 - crop)))


def _marks(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return top and height (n, 2) of the light marks that have the shape of a character."""
    light = cv2.adaptiveThreshold(crop, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 31, -8)
    _, _, found, _ = cv2.connectedComponentsWithStats(light, connectivity=4)
    _, top, width, height, filled = np.asarray(found[1:], np.float64).T
    fits = (height >= 0.2 * HEIGHT) & (height <= 0.92 * HEIGHT)
    fits &= (width >= 0.08 * height) & (width <= 1.2 * height) & (filled >= 0.2 * width * height)
    return np.asarray(np.stack([top, height], axis=1)[fits])


def _in_a_row(marks: NDArray[np.float64]) -> int:
    height, middle = marks[:, 1], marks[:, 0] + marks[:, 1] / 2
    alike = np.abs(height[:, None] - height) <= 0.18 * height[:, None]
    level = np.abs(middle[:, None] - middle) <= 0.5 * height[:, None]
    return int((alike & level).sum(axis=1).max(initial=0))


def _cut(pixels: Pixels, box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return what the box holds, in grey, at the height that is looked at."""
    last_row, last_column = pixels.shape[0] - 1, pixels.shape[1] - 1
    left, top = np.rint(box[:2]).astype(int).clip(0, [last_column, last_row]).tolist()
    right, bottom = np.rint(box[2:]).astype(int).tolist()
    crop = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    width = round(crop.shape[1] * HEIGHT / crop.shape[0])
    return _grey(resize(crop, min(max(width, 8), MOST_WIDTH), HEIGHT))


def _turned(pixels: Pixels, box: NDArray[np.float32], degrees: int) -> NDArray[np.uint8] | None:
    """Return the plate that is turned by so much within the box, upright; None if no such one fits into it."""
    (left, top), (width, height) = box[:2].tolist(), (box[2:] - box[:2]).tolist()
    long, short = _sides(width, height, abs(degrees))
    if short <= 0 or long < short:
        return None
    scale = HEIGHT / short
    size = (min(MOST_WIDTH, round(long * scale)), HEIGHT)
    centre = (left + width / 2, top + height / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, scale)
    matrix[:, 2] += np.array([size[0] / 2 - centre[0], HEIGHT / 2 - centre[1]])
    return _grey(np.asarray(cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8))


def _sides(width: float, height: float, degrees: int) -> tuple[float, float]:
    """Return length and height of a rectangle that, turned by so much, just fits into an upright box."""
    cosine, sine = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    apart = cosine * cosine - sine * sine
    if abs(apart) < LEAST_APART:
        long = max(width, height) / (cosine + sine / TYPICAL_RATIO)
        return long, long / TYPICAL_RATIO
    return (width * cosine - height * sine) / apart, (height * cosine - width * sine) / apart


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
