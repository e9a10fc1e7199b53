"""libjpeg's coefficients, by the library that Pillow brings, in a process of its own.

Why: docs/decisions/0027-jpeg-blocks.md. A library of another interface than ours refuses to start.
"""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from subprocess import PIPE
from typing import IO, cast

import numpy as np
import PIL
from numpy.typing import NDArray

from veil_vision.image.jpeg_coding import JpegCoding, NotKeptError

_START = (
    "import sys; sys.path.append(sys.argv[1]); from veil_vision.image.libjpeg_process import main; "
    "main(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))"
)
_PACKAGES = Path(__file__).parents[2]
_LIBRARY_OF_THE_SYSTEM = "libjpeg.62.dylib" if sys.platform == "darwin" else "libjpeg.so.62"
# Beside the coefficients: the interpreter, and the files, of which the one that is written grows by doubling.
_INTERPRETER_BYTES, _COPIES = 256 << 20, 8
_MOST_CPU_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks that lie side by side in one plane."""

    component: int
    row: int
    column: int
    blocks: int


def rewritten(coding: JpegCoding, runs: Sequence[Run], coefficients: Sequence[NDArray[np.int16]]) -> bytes:
    """Return a JPEG with coefficients (blocks, 64) in place of those of the runs, and all others as they are.

    It is coded as its source was, and holds no marker of its source's but what is needed to decode it.

    Raises:
        NotKeptError: The library cannot do it; the message says why.
    """
    planes = [[each.across, each.down, each.columns, each.rows, *each.steps] for each in coding.planes]
    places = [[each.component, each.row, each.column, each.blocks] for each in runs]
    numbers = [len(coding.data), sum(map(len, planes)), *chain(*planes, *places)]
    order = np.array([len(numbers), *numbers], np.int32).tobytes()
    given = [order, coding.data, *(each.tobytes() for each in coefficients)]
    most_bytes = _INTERPRETER_BYTES + _COPIES * sum(map(len, given)) + 2 * coding.coefficient_bytes
    return _answer(given, most_bytes)


def _answer(given: Sequence[bytes], most_bytes: int) -> bytes:
    """Return what the process makes of what it is given."""
    limits = (str(most_bytes), str(_MOST_CPU_SECONDS))
    command = [sys.executable, "-I", "-S", "-c", _START, str(_PACKAGES), _library(), *limits]
    # Not by `communicate`, which writes 4 kB at a time: the process reads everything before it writes, or ends.
    try:
        with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:  # noqa: S603  # our own module
            _hand_over(cast(IO[bytes], process.stdin), given)
            result, said = (cast(IO[bytes], each).read() for each in (process.stdout, process.stderr))
    except OSError as error:
        raise NotKeptError(type(error).__name__) from error
    if process.returncode:
        raise NotKeptError(_last_line(said) or f"libjpeg's process ended with {process.returncode}")
    return result


def _hand_over(stream: IO[bytes], given: Sequence[bytes]) -> None:
    """Write everything; a process that has ended before says itself why."""
    with suppress(BrokenPipeError), stream:
        stream.writelines(given)


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _library() -> str:
    """Return the path of the library that a wheel of Pillow holds, or the system's name for it."""
    pillow = Path(PIL.__file__).parent
    bundled = [*pillow.parent.glob("pillow.libs/libjpeg*"), *pillow.glob(".dylibs/libjpeg*")]
    return str(next(iter(bundled), _LIBRARY_OF_THE_SYSTEM))
