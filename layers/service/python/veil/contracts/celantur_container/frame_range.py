"""Which frames of a video a query asks for. The contract's names of the parameters are not public; these are ours."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from veil.http.errors import HttpError, unexpected_value, unknown_parameter
from veil.http.operations import query_parameter

METADATA_FAILED = "Could not get the metadata."
START, END = "start-frame", "end-frame"
# As many as the vendor's own files hold (contracts/celantur.md C.8).
MOST_FRAMES = 500
_DECIMAL = re.compile(r"[0-9]{1,9}")

FRAMES_QUERY = (
    query_parameter(START, {"type": "integer", "minimum": 0, "default": 0}, "First frame, counted from 0."),
    query_parameter(
        END,
        {"type": "integer", "minimum": 0},
        f"Last frame, included; at most {MOST_FRAMES} frames in all, and as many if it is left out.",
    ),
)


class FrameRange(NamedTuple):
    """Frames from the first to the last one, both included."""

    first: int
    last: int


def read_range(query: Mapping[str, Sequence[str]]) -> FrameRange:
    """Return the frames that a query asks for; parameters may be written with hyphens or underscores.

    Raises:
        HttpError: A parameter is unknown or wrong, or too many frames are asked for.
    """
    given: dict[str, list[str]] = {}
    for key, texts in query.items():
        name = key.replace("_", "-")
        if name not in {START, END}:
            raise unknown_parameter(METADATA_FAILED, key)
        given.setdefault(name, []).extend(texts)
    first = _number(given, START, 0)
    last = _number(given, END, first + MOST_FRAMES - 1)
    if not first <= last < first + MOST_FRAMES:
        raise HttpError(400, f"{METADATA_FAILED} A range has 1 to {MOST_FRAMES} frames.")
    return FrameRange(first, last)


def _number(given: Mapping[str, Sequence[str]], key: str, default: int) -> int:
    texts = given.get(key, [str(default)])
    if len(texts) != 1 or not _DECIMAL.fullmatch(texts[0]):
        raise unexpected_value(METADATA_FAILED, key)
    return int(texts[0])
