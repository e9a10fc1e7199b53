"""An upload that arrives in parts: how large they are, and which of them make a file. Veil's own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from veil.domain.errors import RequestError

PART_BYTES = 8 << 20
"""Of every part but the last. S3 takes no fewer than 5 MiB, and no more than 10,000 parts."""
PARTS_LIFE = timedelta(hours=24)
"""How long after its creation a task waits for its parts; a rule of the bucket's ends unfinished uploads as late."""


class PartsRefusedError(RequestError):
    """The parts that are named do not make the file."""


class NamedPart(NamedTuple):
    """A part as its sender knows it. The ETag is what its PUT was answered with, without quotes."""

    number: int
    etag: str


class ArrivedPart(NamedTuple):
    """A part that has arrived. Its number counts from 1."""

    number: int
    size_bytes: int
    etag: str


def part_count(size_bytes: int) -> int:
    """Return how many parts a file of this size has."""
    return -(-size_bytes // PART_BYTES)


def missing_numbers(arrived: Iterable[ArrivedPart], size_bytes: int) -> Sequence[int]:
    """Return the numbers of a file's parts that have not arrived as they should be, in their order."""
    sizes = {part.number: part.size_bytes for part in arrived}
    return [
        number for number in range(1, part_count(size_bytes) + 1) if sizes.get(number) != _size_of(number, size_bytes)
    ]


def require_whole(arrived: Iterable[ArrivedPart], named: Sequence[NamedPart], size_bytes: int) -> Sequence[ArrivedPart]:
    """Return the parts that are a file of this size, in their order.

    Raises:
        PartsRefusedError: A part is not named or named twice, has not arrived, or is not the one that is meant.
    """
    count = part_count(size_bytes)
    if [part.number for part in named] != [*range(1, count + 1)]:
        raise PartsRefusedError(f"A file of {size_bytes} bytes has the parts 1 to {count}; name each once, in order.")
    kept = {part.number: part for part in arrived}
    return [_require_same(kept, part, _size_of(part.number, size_bytes)) for part in named]


def _require_same(kept: Mapping[int, ArrivedPart], named: NamedPart, size_bytes: int) -> ArrivedPart:
    part = kept.get(named.number)
    if part is None:
        raise PartsRefusedError(f"Part {named.number} has not arrived.")
    if part.etag != named.etag:
        raise PartsRefusedError(f"Part {named.number} arrived with another ETag.")
    if part.size_bytes != size_bytes:
        raise PartsRefusedError(f"Part {named.number} has {part.size_bytes} bytes, not {size_bytes}.")
    return part


def _size_of(number: int, size_bytes: int) -> int:
    return min(PART_BYTES, size_bytes - (number - 1) * PART_BYTES)
