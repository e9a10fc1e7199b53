"""How a JPEG stores its pixels: planes, sampling and quantization tables, so that parts of it can be coded alike."""

import io
from dataclasses import dataclass
from functools import cached_property

from PIL.JpegImagePlugin import JpegImageFile

# In one direction; beyond it a block of colours is wider than the squares in which the gate compares.
_MOST_SAMPLING = 2
BLOCK = 8
_BLOCK_BYTES = 2 * BLOCK * BLOCK
# Three bytes a pixel, as of 4:2:0, are less than what the gate takes afterwards; more of them only in smaller pictures.
_MOST_BYTES, _MOST_BYTES_A_PIXEL = 400_000_000, 3.5
_PLANES = {1, 3}


class NotKeptError(Exception):
    """A JPEG's own coding cannot be kept, for the reason that the message gives; it can be coded whole."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One component of the frame.

    Attributes:
        across: Blocks of a unit from left to right (T.81: sampling factor H).
        down: Blocks of a unit from top to bottom (V).
        steps: 64 quantization steps, row by row.
        columns: Blocks in a row of the plane.
        rows: Rows of blocks.
    """

    across: int
    down: int
    steps: tuple[int, ...]
    columns: int
    rows: int


@dataclass(frozen=True)
class JpegCoding:
    """A JPEG and how it is coded.

    Attributes:
        data: The file, with nothing but what its decoder needs.
        width: As stored, in pixels.
        height: As stored, in pixels.
        planes: Brightness, and the two of colour if there are.
    """

    data: bytes
    width: int
    height: int
    planes: tuple[Plane, ...]

    @cached_property
    def unit(self) -> tuple[int, int]:
        """Width and height, in pixels, of the smallest square that has whole blocks in all planes (T.81: MCU)."""
        return BLOCK * max(each.across for each in self.planes), BLOCK * max(each.down for each in self.planes)

    @property
    def coefficient_bytes(self) -> int:
        """What all coefficients take in memory."""
        return _BLOCK_BYTES * sum(each.columns * each.rows for each in self.planes)

    @property
    def mean_steps(self) -> tuple[int, int]:
        """Steps in which a block's mean is stored, times eight: of brightness, and the larger of the colours' or 0."""
        first, *others = (each.steps[0] for each in self.planes)
        return first, max(others, default=0)


def read_coding(data: bytes) -> JpegCoding:
    """Return how a JPEG is coded, of which nothing but what its decoder needs is given.

    Raises:
        NotKeptError: It is coded in a way that Veil does not copy.
    """
    try:
        frame = JpegImageFile(io.BytesIO(data))
        tables = [tuple(frame.quantization[table]) for _, _, _, table in frame.layer]
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        raise NotKeptError(f"its tables cannot be read: {error}") from error
    samplings = [(across, down) for _, across, down, _ in frame.layer]
    most_across, most_down = (max(numbers) for numbers in zip(*samplings, strict=True))
    if len(samplings) not in _PLANES:
        raise NotKeptError("its colours are inks")
    if max(most_across, most_down) > _MOST_SAMPLING:
        raise NotKeptError("its colours are stored at less than half the resolution")
    planes = tuple(
        Plane(
            across,
            down,
            steps,
            -(-frame.width * across // (BLOCK * most_across)),
            -(-frame.height * down // (BLOCK * most_down)),
        )
        for (across, down), steps in zip(samplings, tables, strict=True)
    )
    coding = JpegCoding(data, frame.width, frame.height, planes)
    if coding.coefficient_bytes > max(_MOST_BYTES, _MOST_BYTES_A_PIXEL * frame.width * frame.height):
        raise NotKeptError("it is too large for colours at their full resolution")
    return coding
