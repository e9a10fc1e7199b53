"""libjpeg's coefficients, by the library that Pillow brings, in a process of its own.

Why: docs/decisions/0027-jpeg-blocks.md. A library of another interface than ours refuses to start.
"""

import atexit
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, cast

import numpy as np
import PIL
from numpy.typing import NDArray

from veil_vision.image.jpeg_coding import JpegCoding, NotKeptError

_START = (
    "import sys; sys.path.append(sys.argv[1]); from veil_vision.image.libjpeg_process import main; main(sys.argv[2])"
)
_PACKAGES = Path(__file__).parents[2]
_LIBRARY_OF_THE_SYSTEM = "libjpeg.62.dylib" if sys.platform == "darwin" else "libjpeg.so.62"
# Beside the coefficients: the interpreter, and the files, of which the one that is written grows by doubling.
_INTERPRETER_BYTES, _COPIES = 256 << 20, 8
_MOST_CPU_SECONDS = 120
# All coefficients lie in a few large blocks; in pages of 4 kB these cost a fifth of the process's time.
_LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
_WAKE, _LENGTH_BYTES = b"\0", 8


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
    files = [coding.data, *(each.tobytes() for each in coefficients)]
    most_bytes = _INTERPRETER_BYTES + _COPIES * (4 * len(numbers) + sum(map(len, files))) + 2 * coding.coefficient_bytes
    limits = [(most_bytes >> 20) + 1, _MOST_CPU_SECONDS]
    order = np.array([len(limits) + len(numbers), *limits, *numbers], np.int32).tobytes()
    return _processes.answer([_WAKE, order, *files])


class _Processes:
    """The processes that wait for work: as many as JPEGs were ever copied at once. They end with this one."""

    def __init__(self) -> None:
        self._waiting: list[Popen[bytes]] = []

    def answer(self, given: Sequence[bytes]) -> bytes:
        """Return what a process makes of what it is given; it waits for the next JPEG unless it failed.

        Raises:
            NotKeptError: It failed; the message says why.
        """
        with suppress(IndexError, NotKeptError):
            # Somebody may have ended one that waited, so its failure proves nothing.
            return self._asked(self._waiting.pop(), given)
        try:
            return self._asked(_started(), given)
        except OSError as error:
            raise NotKeptError(type(error).__name__) from error

    def _asked(self, process: Popen[bytes], given: Sequence[bytes]) -> bytes:
        stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        try:
            _hand_over(stdin, given)
            length = int.from_bytes(stdout.read(_LENGTH_BYTES), sys.byteorder)
            made = stdout.read(length)
        except BaseException:
            process.communicate()
            raise
        if not length or len(made) < length:
            _, said = process.communicate()
            raise NotKeptError(_last_line(said) or f"libjpeg's process ended with {process.returncode}")
        self._waiting.append(process)
        return made

    def end(self) -> None:
        """End those that wait."""
        while self._waiting:
            self._waiting.pop().communicate()


_processes = _Processes()


@atexit.register
def end_processes() -> None:
    """End the processes that wait for the next JPEG."""
    _processes.end()


def _started() -> Popen[bytes]:
    command = [sys.executable, "-I", "-S", "-c", _START, str(_PACKAGES), _library()]
    return Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=os.environ | _LARGE_PAGES)  # noqa: S603  # our own module


def _hand_over(stream: IO[bytes], given: Sequence[bytes]) -> None:
    """Write everything; a process that has ended before says itself why."""
    with suppress(BrokenPipeError):
        stream.writelines(given)
        stream.flush()


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _library() -> str:
    """Return the path of the library that a wheel of Pillow holds, or the system's name for it."""
    pillow = Path(PIL.__file__).parent
    bundled = [*pillow.parent.glob("pillow.libs/libjpeg*"), *pillow.glob(".dylibs/libjpeg*")]
    return str(next(iter(bundled), _LIBRARY_OF_THE_SYSTEM))
