"""A JPEG of which only some blocks are coded anew; all others keep their coefficients bit by bit."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.image.jpeg_coding import BLOCK, JpegCoding, Plane
from veil_vision.image.libjpeg import Run, rewritten
from veil_vision.image.samples import Samples

_UNITS_AT_ONCE = 4096
_MIDDLE, _LARGEST = 128, 1023
# JFIF 1.02: Y, Cb and Cr of R, G and B; colours are stored around the middle, like brightness.
_YCBCR = np.array(
    [[0.299, 0.587, 0.114], [-0.299 / 1.772, -0.587 / 1.772, 0.5], [0.5, -0.587 / 1.402, -0.114 / 1.402]], np.float32
)
# The cosine transform of T.81, A.3.3, of one row.
_COSINES = np.array(
    [
        [np.cos((2 * x + 1) * u * np.pi / 16) * (np.sqrt(1 / 8) if u == 0 else 1 / 2) for x in range(BLOCK)]
        for u in range(BLOCK)
    ],
    np.float32,
)


def with_painted(coding: JpegCoding, pixels: Samples, touched: NDArray[np.bool_]) -> bytes:
    """Return the JPEG with the blocks that are touched showing pixels, and all others untouched.

    A touched block keeps nothing of its source's coefficients, so it depends on nothing but the pixels in it.

    Args:
        coding: The JPEG.
        pixels: uint8 (height, width, 1 or 3), as it stores them.
        touched: bool (height, width).

    Raises:
        NotKeptError: It cannot be done.
    """
    units = touched_units(coding, touched)
    coded = _coded(coding, pixels, units)
    runs = list(_numbered_runs(coding, units))
    coefficients = [_of_run(coded[run.component], run, first, line) for run, first, line in runs]
    return rewritten(coding, [run for run, _, _ in runs], coefficients)


def touched_units(coding: JpegCoding, touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return bool (rows, columns), which units of a JPEG a mask (height, width) of its stored pixels touches."""
    width, height = coding.unit
    # Not by `reduceat` alone, which takes forty times as long down the columns.
    rows = np.array([touched[top : top + height].any(axis=0) for top in range(0, touched.shape[0], height)])
    return np.asarray(np.logical_or.reduceat(rows, np.arange(0, touched.shape[1], width), axis=1), dtype=np.bool_)


def _numbered_runs(coding: JpegCoding, units: NDArray[np.bool_]) -> Iterator[tuple[Run, int, int]]:
    """Yield the runs of blocks in the units, with the number of its first unit and the line of blocks in the units."""
    found = list(spans(units))
    for index, plane in enumerate(coding.planes):
        for row, start, end, first in found:
            column = start * plane.across
            blocks = min(end * plane.across, plane.columns) - column
            for line in range(min(plane.down, plane.rows - row * plane.down)):
                yield Run(index, row * plane.down + line, column, blocks), first, line


def spans(units: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Yield row, start and end of the units that lie side by side, and how many came before."""
    edges = np.diff(np.pad(units, ((0, 0), (1, 1))).view(np.int8), axis=1)
    (rows, starts), (_, ends) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    before = np.cumsum(ends - starts) - (ends - starts)
    return zip(rows.tolist(), starts.tolist(), ends.tolist(), before.tolist(), strict=True)


def _of_run(coded: NDArray[np.int16], run: Run, first: int, line: int) -> NDArray[np.int16]:
    """Return the coefficients of a run, of those of all units (units, down, across, 64)."""
    units = -(-run.blocks // coded.shape[2])
    return coded[first : first + units, line].reshape(-1, BLOCK * BLOCK)[: run.blocks]


def _coded(coding: JpegCoding, pixels: Samples, units: NDArray[np.bool_]) -> list[NDArray[np.int16]]:
    """Return for each plane the coefficients of the units, int16 (units, down, across, 64); nothing for no units."""
    strips = [_cut(coding, pixels, row, start, end) for row, start, end, _ in spans(units)]
    parts = [_coded_units(coding, np.concatenate(some)) for some in _batches(strips)]
    return [np.concatenate(plane) for plane in zip(*parts, strict=True)]


def _batches(strips: Sequence[Samples]) -> Iterator[Sequence[Samples]]:
    """Yield the strips by so many that working on them needs little memory."""
    ends = np.cumsum([len(each) for each in strips]) // _UNITS_AT_ONCE
    for _, some in groupby(zip(ends.tolist(), strips, strict=True), key=itemgetter(0)):
        yield [strip for _, strip in some]


def _cut(coding: JpegCoding, pixels: Samples, row: int, start: int, end: int) -> Samples:
    """Return the pixels of units side by side, (units, height, width, c); beyond the picture its edge goes on."""
    width, height = coding.unit
    strip = pixels[row * height : (row + 1) * height, start * width : end * width]
    below, right = height - strip.shape[0], (end - start) * width - strip.shape[1]
    if below or right:
        strip = np.pad(strip, ((0, below), (0, right), (0, 0)), mode="edge")
    return strip.reshape(height, end - start, width, -1).swapaxes(0, 1)


def _coded_units(coding: JpegCoding, pixels: Samples) -> list[NDArray[np.int16]]:
    levels = pixels.astype(np.float32)
    mixed = cv2.transform(levels.reshape(-1, 1, 3), _YCBCR) if len(coding.planes) > 1 else levels
    planes = np.asarray(mixed, np.float32).reshape(levels.shape)
    planes[..., 0] -= _MIDDLE
    return [_coefficients(planes[..., index], plane) for index, plane in enumerate(coding.planes)]


def _coefficients(levels: NDArray[np.float32], plane: Plane) -> NDArray[np.int16]:
    """Return int16 (units, down, across, 64) of the levels (units, height, width) of one plane."""
    count, height, width = levels.shape
    down, across = height // (BLOCK * plane.down), width // (BLOCK * plane.across)
    # Not by a mean over axes of one or two numbers, which takes five times as long.
    parts = [levels[:, row::down, column::across] for row in range(down) for column in range(across)]
    samples = sum(parts[1:], parts[0]) / np.float32(len(parts))
    blocks = samples.reshape(count, plane.down, BLOCK, plane.across, BLOCK).swapaxes(2, 3)
    transformed = _COSINES @ blocks @ _COSINES.T
    stored = np.rint(
        transformed.reshape(count, plane.down, plane.across, BLOCK * BLOCK) / np.array(plane.steps, np.float32)
    )
    return np.asarray(stored.clip(-_LARGEST, _LARGEST), np.int16)
