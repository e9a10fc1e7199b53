"""Whether a file is as long as the sizes in it say: of MP4 and QuickTime, Matroska and WebM, and AVI.

Of MP4 and QuickTime this looks at fragments alone; where an index lies before the pictures, that tells (see `reach`).
MPEG streams say of no part how long it is.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

from veil_vision.video.kinds import VideoKind, kind_of_file


class Extent(Enum):
    """What the sizes in a file say of its end."""

    WHOLE = auto()
    CUT_OFF = auto()
    # As recordings leave it that are sent while they are made, or that broke off.
    OPEN = auto()


def extent_of(path: Path) -> Extent:
    """Return whether a file ends where the sizes in it say.

    Raises:
        OSError: It cannot be read.
    """
    told = path.stat()
    return _extent_of(path, told.st_size, told.st_mtime_ns)


# A recording of hours that leaves its sizes open takes a second, and is read in hundreds of segments.
@lru_cache(maxsize=8)
def _extent_of(path: Path, size: int, changed: int) -> Extent:  # noqa: ARG001  # they tell one content from another
    kind = kind_of_file(path)
    if kind not in _EXTENTS:
        return Extent.OPEN
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return _EXTENTS[kind](data)


# Of parts that are looked at; more than a recording of 36 hours has. A file of 4 GiB may have two billion.
_MOST_PARTS = 10_000_000

# Matroska (RFC 9559) in EBML (RFC 8794).
_HEADER, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_VOID, _CHECKSUM = 0xEC, 0xBF
_SIMPLE_BLOCK, _BLOCK_GROUP = 0xA3, 0xA0
# What lies in a segment beside clusters: where things are, what they are, tracks, index, attachments, chapters, tags.
_PARTS = frozenset({0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367})
# In a cluster beside blocks: time, silent tracks, its place, the size of the one before, encrypted blocks.
_OF_CLUSTERS = frozenset({0xE7, 0x5854, 0xA7, 0xAB, 0xAF})
_MEDIA = frozenset({_CLUSTER, _SIMPLE_BLOCK, _BLOCK_GROUP})
_TOP = _PARTS | {_HEADER, _SEGMENT, _CLUSTER, _VOID, _CHECKSUM}
_IN_OPEN_CLUSTER = _TOP | _OF_CLUSTERS | _MEDIA
_MOST_ID_BYTES, _MOST_SIZE_BYTES = 4, 8


def _of_matroska(data: mmap) -> Extent:
    extent, at = Extent.OPEN, 0
    for _ in range(_MOST_PARTS):
        name, body, end = _element(data, at)
        if name == _SEGMENT and end is None:
            return _of_open_segment(data, body)
        if name not in {_HEADER, _SEGMENT, _VOID, _CHECKSUM} or end is None:
            break
        if name == _SEGMENT:
            extent = Extent.WHOLE
            if end > len(data):
                return Extent.CUT_OFF
        at = end
    return extent


def _of_open_segment(data: mmap, at: int) -> Extent:
    """Return whether the last cluster or block of a segment of unknown size is whole; what lies behind is no matter."""
    known = _TOP
    for _ in range(_MOST_PARTS):
        name, body, end = _element(data, at)
        if name not in known or (end is None and name not in {_SEGMENT, _CLUSTER}):
            break
        if name == _CLUSTER:
            known = _TOP if end else _IN_OPEN_CLUSTER
        if end is not None and end > len(data):
            return Extent.CUT_OFF if name in _MEDIA else Extent.OPEN
        at = body if end is None else end
    return Extent.OPEN


def _element(data: mmap, at: int) -> tuple[int, int, int | None]:
    """Return an element's name, 0 where there is none, and where its body begins and ends, None for an unknown end."""
    id_bytes = _vint_bytes(data, at, _MOST_ID_BYTES)
    size_bytes = _vint_bytes(data, at + id_bytes, _MOST_SIZE_BYTES)
    if not id_bytes or not size_bytes:
        return 0, at, None
    body = at + id_bytes + size_bytes
    most = (1 << 7 * size_bytes) - 1
    size = int.from_bytes(data[at + id_bytes : body]) & most
    return int.from_bytes(data[at : at + id_bytes]), body, None if size == most else body + size


def _vint_bytes(data: mmap, at: int, most: int) -> int:
    """Return how many bytes a number of variable length takes; 0 where there is none."""
    length = 9 - data[at].bit_length() if at < len(data) else 0
    return length if length <= most and at + length <= len(data) else 0


# AVI, and what OpenDML 1.02 adds to it: further RIFFs behind the first, and in its head where their indices lie.
_OPEN_SIZES = frozenset({0, 0xFFFFFFFF})
# Some writers count the head of a list as part of it, or as no part.
_MISCOUNTED = 16
_CHUNK = re.compile(rb"[0-9][0-9][a-z][a-z]|ix[0-9][0-9]|JUNK|LIST|idx1|RIFF", re.IGNORECASE)
_INDEX_HEAD, _INDEX_ENTRY = 24, 16


def _of_avi(data: mmap) -> Extent:
    extent, at = Extent.WHOLE, 0
    for _ in range(_MOST_PARTS):
        if data[at : at + 4] != b"RIFF":
            break
        size = _little(data, at + 4)
        end = len(data) if size in _OPEN_SIZES else at + 8 + size
        streams = (each for head in _lists(data, at + 12, end, b"hdrl") for each in _lists(data, *head, b"strl"))
        if any(_names_missing_index(data, *stream) for stream in streams):
            return Extent.CUT_OFF
        for body, stop in _lists(data, at + 12, end, b"movi"):
            if _little(data, body - 8) in _OPEN_SIZES:
                return _of_open_pictures(data, body)
            if stop > len(data) + _MISCOUNTED:
                return Extent.CUT_OFF
        extent = Extent.OPEN if size in _OPEN_SIZES else extent
        at = end + (end & 1)
    return extent


def _of_open_pictures(data: mmap, at: int) -> Extent:
    """Return whether the last chunk of a list of pictures without a size is whole."""
    for _ in range(_MOST_PARTS):
        if not _CHUNK.fullmatch(data[at : at + 4]):
            break
        if data[at : at + 4] in {b"LIST", b"RIFF"}:
            at += 12
            continue
        end = at + 8 + _little(data, at + 4)
        if end > len(data):
            return Extent.CUT_OFF
        at = end + (end & 1)
    return Extent.OPEN


def _names_missing_index(data: mmap, start: int, stop: int) -> bool:
    """Tell whether a stream's index of indices, one for each RIFF, names one behind the end of the file."""
    for name, body, end in _chunks(data, start, stop):
        if name == b"indx" and data[body + 3 : body + 4] == b"\0":
            used = min(_little(data, body + 4), (end - body - _INDEX_HEAD) // _INDEX_ENTRY)
            entries = (body + _INDEX_HEAD + _INDEX_ENTRY * number for number in range(used))
            if any(int.from_bytes(data[each : each + 8], "little") >= len(data) for each in entries):
                return True
    return False


def _lists(data: mmap, at: int, end: int, kind: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the body of each list of a kind begins and ends."""
    for name, body, stop in _chunks(data, at, end):
        if name == b"LIST" and data[body : body + 4] == kind:
            yield body + 4, stop


def _chunks(data: mmap, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and end of the body of each chunk; the last may end behind the file."""
    for _ in range(_MOST_PARTS):
        body = at + 8
        if body > min(end, len(data)):
            break
        stop = body + _little(data, at + 4)
        yield data[at : at + 4], body, stop
        at = stop + (stop & 1)


def _little(data: mmap, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


# ISO/IEC 14496-12: 8.8.4 is a fragment's description, 8.16.3 an index of fragments.
def _of_fragments(data: mmap) -> Extent:
    at, before = 0, b""
    for _ in range(_MOST_PARTS):
        if at + 16 > len(data):
            break
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + (int.from_bytes(data[at + 8 : at + 16]) if size == 1 else size)
        is_fragment = name == b"moof" or (name == b"mdat" and before == b"moof")
        if (is_fragment and end > len(data)) or (name == b"sidx" and _indexed_end(data, at, end) > len(data)):
            return Extent.CUT_OFF
        if end < at + 8:
            break
        at, before = end, name
    return Extent.OPEN


def _indexed_end(data: mmap, at: int, end: int) -> int:
    """Return where the last of the fragments ends that an index of them names."""
    is_long = data[at + 8] > 0
    places = at + 12 + 8 + (16 if is_long else 8)
    first = int.from_bytes(data[places - (8 if is_long else 4) : places])
    sizes = (int.from_bytes(data[each : each + 4]) & 0x7FFFFFFF for each in range(places + 4, min(end, len(data)), 12))
    return end + first + sum(sizes)


_EXTENTS: dict[VideoKind, Callable[[mmap], Extent]] = {
    VideoKind.MP4: _of_fragments,
    VideoKind.QUICKTIME: _of_fragments,
    VideoKind.MATROSKA: _of_matroska,
    VideoKind.WEBM: _of_matroska,
    VideoKind.AVI: _of_avi,
}
