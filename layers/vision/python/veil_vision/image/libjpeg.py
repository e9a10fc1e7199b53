"""libjpeg's coefficients, by the library that Pillow brings, in a process of its own.

Why: docs/decisions/0027-jpeg-blocks.md. A library of another interface than ours refuses to start.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from veil_vision.image.jpeg_coding import JpegCoding, NotKeptError

_START = (
    "import sys; sys.path.append(sys.argv[1]); from veil_vision.image.libjpeg_process import main; "
    "main(*sys.argv[2:4], int(sys.argv[4]), sys.stdin.buffer, sys.stdout.buffer)"
)
_PACKAGES = Path(__file__).parents[2]
_LIBRARY_OF_THE_SYSTEM = "libjpeg.62.dylib" if sys.platform == "darwin" else "libjpeg.so.62"
# Beside the coefficients: the interpreter, and the files, of which the one that is written grows by doubling.
_INTERPRETER_BYTES, _COPIES = 256 << 20, 8
_PATIENCE_SECONDS = 120


class _Operation(StrEnum):
    REWRITE = "rewrite"
    COMPARE = "compare"


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
    return _done(_Operation.REWRITE, coding, runs, b"".join(each.tobytes() for each in coefficients))


def is_same_beside(coding: JpegCoding, runs: Sequence[Run], data: bytes) -> bool:
    """Tell whether a file has a JPEG's coefficients outside the runs, its size, sampling, tables and way of coding.

    Raises:
        NotKeptError: The library cannot read one of the two.
    """
    return _done(_Operation.COMPARE, coding, runs, data) == b"same"


def _done(operation: _Operation, coding: JpegCoding, runs: Sequence[Run], further: bytes) -> bytes:
    places = [(each.component, each.row, each.column, each.blocks) for each in runs]
    planes = [(each.across, each.down, each.columns, each.rows, each.steps) for each in coding.planes]
    order = json.dumps({"jpeg": len(coding.data), "planes": planes, "runs": places})
    most_bytes = _INTERPRETER_BYTES + _COPIES * (len(coding.data) + len(further)) + 2 * coding.coefficient_bytes
    command = [sys.executable, "-I", "-S", "-c", _START, str(_PACKAGES), _library(), operation, str(most_bytes)]
    given = b"".join([order.encode(), b"\n", coding.data, further])
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_PATIENCE_SECONDS, check=True)  # noqa: S603  # our own module
    except (OSError, subprocess.SubprocessError) as error:
        raise NotKeptError(_reason(error)) from error
    return done.stdout


def _reason(error: Exception) -> str:
    """Return what the process said last, or how it ended."""
    said = error.stderr.decode(errors="replace").split("\n") if isinstance(error, subprocess.CalledProcessError) else []
    return next((line.strip() for line in reversed(said) if line.strip()), type(error).__name__)


def _library() -> str:
    """Return the path of the library that a wheel of Pillow holds, or the system's name for it."""
    pillow = Path(PIL.__file__).parent
    bundled = [*pillow.parent.glob("pillow.libs/libjpeg*"), *pillow.glob(".dylibs/libjpeg*")]
    return str(next(iter(bundled), _LIBRARY_OF_THE_SYSTEM))
