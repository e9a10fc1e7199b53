"""The gate for a JPEG's blocks: those that were drawn on show what was drawn, all others are the source's own."""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.errors import VerificationError
from veil_vision.geometry.regions import Region, drawn_on
from veil_vision.image.files import Picture
from veil_vision.image.jpeg_blocks import spans, touched_units
from veil_vision.image.jpeg_coding import JpegCoding, read_coding
from veil_vision.image.orientation import as_stored, upright
from veil_vision.image.samples import Samples

# A JPEG decides its colours in squares of this side, so only their means can be held against it.
SQUARE = 16
# Steps of a quantized square's mean at quality 50, brightness and colour (ITU-T T.81, annex K.1), and how
# much of a colour's error reaches blue (JFIF 1.02: B = Y + 1.772 Cb).
BRIGHTNESS_STEP, COLOUR_STEP, COLOUR_GAIN = 16, 17, 1.772
LARGEST_STEP, LEVELS = 255, 255
# What rounding and clipping add: at most 0.034 of full scale, measured on noise at all qualities.
ROUNDING = 0.05
# The EXIF orientations in which the stored corner that squares are counted from is shown at the right, at the bottom.
_FROM_RIGHT, _FROM_BOTTOM = frozenset({2, 3, 6, 7}), frozenset({3, 4, 7, 8})
# From this orientation on, stored rows are shown as columns.
_FIRST_TRANSPOSED = 5

# (shown, drawn, region, lines) -> whether the region shows what was drawn, but for lines.
Comparison = Callable[[Picture, Picture, Region, NDArray[np.bool_] | None], bool]


def require_untouched(
    data: bytes,
    shown: Picture,
    drawn: Picture,
    source: bytes,
    regions: Sequence[Region | None],
    *,
    lines: NDArray[np.bool_] | None = None,
) -> None:
    """Return only if a finished file shows its source's very pixels outside the units that were drawn on.

    Sampling and tables are the source's, too.

    Args:
        data: The file.
        shown: What it shows.
        drawn: What went into it: its source's pixels, but where regions and lines say.
        source: The JPEG whose blocks were to stay.
        regions: What was hidden.
        lines: bool (height, width), where something was drawn on top.

    Raises:
        VerificationError: It does not.
        NotKeptError: That cannot be told.
    """
    before, after = read_coding(source), read_coding(data)
    # Other planes would be other units, too.
    if (after.width, after.height, after.planes) != (before.width, before.height, before.planes):
        raise VerificationError("The result is coded otherwise than what it was made of.")
    beside = _beside(drawn, before, _touched(drawn, before, regions, lines))
    if any(cv2.norm(shown.pixels[place], drawn.pixels[place], cv2.NORM_INF) for place in beside):
        raise VerificationError("The result changed where nothing was hidden.")


def _touched(
    drawn: Picture, coding: JpegCoding, regions: Sequence[Region | None], lines: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return bool (rows, columns), which units of the JPEG were drawn on, as they lie in the upright picture."""
    height, width = drawn.pixels.shape[:2]
    marked = drawn_on(regions, lines, width=width, height=height).view(np.uint8)
    units = touched_units(coding, as_stored(marked, drawn.stored_orientation).view(np.bool_))
    return upright(units.view(np.uint8), drawn.stored_orientation).view(np.bool_)


def _beside(drawn: Picture, coding: JpegCoding, touched: NDArray[np.bool_]) -> Iterator[tuple[slice, slice]]:
    """Yield rectangles of the picture that hold every pixel more than one beyond a touched unit, and no other."""
    (height, width), orientation = drawn.pixels.shape[:2], drawn.stored_orientation
    across, down = coding.unit if orientation < _FIRST_TRANSPOSED else coding.unit[::-1]
    tops = _edges(height, down, from_end=orientation in _FROM_BOTTOM)
    lefts = _edges(width, across, from_end=orientation in _FROM_RIGHT)
    # The first and the last pixels of a row of units lie beside the next one, too.
    around = np.pad(touched, ((1, 1), (0, 0)))
    free = np.stack([touched | around[:-2], touched, touched | around[2:]], axis=1)
    starts, ends = np.array(tops[:-1]), np.array(tops[1:])
    free[ends - starts == 1] = free[ends - starts == 1].any(axis=1, keepdims=True)
    rows = np.stack([starts, starts + 1, ends - 1, ends], axis=1).tolist()
    for line, start, end, _ in spans(~free.reshape(-1, touched.shape[1])):
        top, bottom = rows[line // 3][line % 3 :][:2]
        left, right = lefts[start] + (start > 0), lefts[end] - (end < touched.shape[1])
        if top < bottom and left < right:
            yield slice(top, bottom), slice(left, right)


def _edges(length: int, unit: int, *, from_end: bool) -> list[int]:
    """Return where units begin that are counted from one end of a side, and where the last of them ends."""
    return sorted({0, *range(length % unit if from_end else 0, length, unit), length})


def means_are_same(drawn: Picture, quality: int) -> Comparison:
    """Return how to compare pictures by the means of squares, within what the steps of the file's tables explain.

    They are those of the JPEG whose blocks stay in it, otherwise those of the quality.
    """
    steps = _steps_of(quality) if drawn.coded is None else read_coding(drawn.coded).mean_steps
    most = _largest_error(*steps)
    return lambda shown, drawn, region, lines: _is_same(shown, drawn, region, lines, most)


def _is_same(
    shown: Picture, drawn: Picture, region: Region, lines: NDArray[np.bool_] | None, largest_error: float
) -> bool:
    """Tell whether the squares that the core touches differ by no more than an error."""
    orientation = drawn.stored_orientation
    places = _squares(region, drawn)
    after, before = (as_stored(each.pixels[places], orientation) for each in (shown, drawn))
    off = np.abs(_means(after) - _means(before)).max(axis=2)
    compared = _any(as_stored(_core(region, places), orientation))
    if lines is not None:
        compared &= ~_any(as_stored(lines[places].view(np.uint8), orientation))
    # A mean over less of a square averages less of the error.
    return bool((off <= largest_error / _shares(after))[compared].all())


def _squares(region: Region, drawn: Picture) -> tuple[slice, slice]:
    """Return rows and columns of the squares of the JPEG's own grid which a region's window touches, in the picture."""
    orientation, (height, width) = drawn.stored_orientation, drawn.pixels.shape[:2]
    first = (
        height % SQUARE if orientation in _FROM_BOTTOM else 0,
        width % SQUARE if orientation in _FROM_RIGHT else 0,
    )
    down, across = (
        slice(
            max((span.start - start) // SQUARE * SQUARE + start, 0),
            min(-((start - span.stop) // SQUARE) * SQUARE + start, length),
        )
        for span, start, length in zip((region.rows, region.columns), first, (height, width), strict=True)
    )
    return down, across


def _core(region: Region, squares: tuple[slice, slice]) -> NDArray[np.uint8]:
    """Return where the core is, in the squares."""
    down, across = squares
    above, left = region.y1 - down.start, region.x1 - across.start
    below, right = down.stop - region.y2, across.stop - region.x2
    return np.pad(region.core.view(np.uint8), ((above, below), (left, right)))


def _means(window: Samples) -> NDArray[np.float32]:
    """Return the mean, 0 to 1, of what of each square lies in the picture."""
    return np.asarray(_averaged(window) / np.float32(LEVELS) / _shares(window)[..., None], dtype=np.float32)


def _shares(window: Samples) -> NDArray[np.float32]:
    """Return which share of each square lies in the picture."""
    down, across = (np.minimum(length - np.arange(0, length, SQUARE), SQUARE) / SQUARE for length in window.shape[:2])
    return np.outer(down, across).astype(np.float32)


def _any(window: Samples) -> NDArray[np.bool_]:
    """Return which squares hold a pixel that is not 0, of zeros and ones."""
    return np.asarray(_averaged(window * np.uint8(LEVELS)) > 0)


def _averaged(window: Samples) -> NDArray[np.float32]:
    """Return the mean of each square (rows, columns) or (rows, columns, c); pixels missing from the last ones are 0."""
    rows, columns = (-(-length // SQUARE) for length in window.shape[:2])
    bottom, right = rows * SQUARE - window.shape[0], columns * SQUARE - window.shape[1]
    whole = cv2.copyMakeBorder(window, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    means = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means.reshape(rows, columns, *window.shape[2:]), dtype=np.float32)


def _steps_of(quality: int) -> tuple[float, float]:
    """Return the steps of brightness and colour at a JPEG quality (libjpeg's scale)."""
    scale = 50 / max(quality, 1) if quality < 50 else 2 - quality / 50  # noqa: PLR2004 (middle of libjpeg's scale)
    return min(BRIGHTNESS_STEP * scale, LARGEST_STEP), min(COLOUR_STEP * scale, LARGEST_STEP)


def _largest_error(brightness: float, colour: float) -> float:
    """Return by how much, 0 to 1, the mean of a square can be off."""
    # A square's coefficient is eight times its mean and is rounded to half a step.
    return (brightness + COLOUR_GAIN * colour) / 16 / LEVELS + ROUNDING
