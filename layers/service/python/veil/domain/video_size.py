"""How many pixels all frames of a video have together, read from what its container announces.

Only enough to choose who works on it and to refuse what nobody could finish: the vision layer reads the frames
themselves, and its word is the last. A test compares the two.
"""

import math
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

# ISO/IEC 14496-12: the description of an MP4 or QuickTime file, which lies at either end of it.
_INDEX = b"moov"
# Tracks are described in it one after the other, each with a table that grows with its length.
MOST_INDEX = 1 << 20
_MOST_ATOMS = 32
_ATOM_HEADER, _LEAST_ATOM = 16, 8
# What databases keep; nobody works on as many.
_MOST_PIXELS = (1 << 63) - 1
# For containers that tell how long they last, and not how often they change.
_USUAL_RATE = 30
# RFC 9559
_SEGMENT, _INFO, _SCALE, _DURATION = b"\x18\x53\x80\x67", b"\x15\x49\xa9\x66", b"\x2a\xd7\xb1", b"\x44\x89"
_TRACKS, _TRACK, _FRAME_TIME = b"\x16\x54\xae\x6b", b"\xae", b"\x23\xe3\x83"
_VIDEO, _WIDTH, _HEIGHT = b"\xe0", b"\xb0", b"\xba"
_EBML = b"\x1a\x45\xdf\xa3"


class Part(NamedTuple):
    """An atom or element: its kind, and what is in it as far as it is there."""

    kind: bytes
    body: bytes


def announced_video_pixels(head: bytes, index: bytes = b"") -> int | None:
    """Return width times height times frames, or None where nothing of it is told.

    Args:
        head: The file's first bytes.
        index: What `read_index` gave.
    """
    if head[:4] == _EBML:
        pixels = _of_matroska(head)
    elif head[:4] == b"RIFF":
        pixels = _of_avi(head)
    else:
        pixels = next(filter(None, map(_of_track, _find(index or head, _INDEX, b"trak"))), 0)
    return min(pixels, _MOST_PIXELS) or None


def read_index(size: int, read: Callable[[int, int], bytes]) -> bytes:
    """Return the atom that describes an MP4 or QuickTime file, its first megabyte at most; empty where none is found.

    Args:
        size: Of the file.
        read: Returns bytes of the file, by place and number.
    """
    place = 0
    for _ in range(_MOST_ATOMS):
        header = read(place, _ATOM_HEADER) if place + _ATOM_HEADER <= size else b""
        kind, length = _kind_and_length(header)
        if kind == _INDEX:
            return read(place, min(length, size - place, MOST_INDEX))
        if length < _LEAST_ATOM:
            break
        place += length
    return b""


def _kind_and_length(header: bytes) -> tuple[bytes, int]:
    length = _number(header[:4])
    return header[4:8], _number(header[8:16]) if length == 1 else length


def _atoms(data: bytes) -> Iterator[Part]:
    place = 0
    while place + _LEAST_ATOM <= len(data):
        header = data[place : place + _ATOM_HEADER]
        kind, length = _kind_and_length(header)
        start = 16 if _number(header[:4]) == 1 else 8
        if length < start:
            return
        yield Part(kind, data[place + start : place + length])
        place += length


def _find(data: bytes, *path: bytes) -> Iterator[bytes]:
    """Yield the bodies of all atoms at the end of the path."""
    for kind, body in _atoms(data):
        if kind == path[0]:
            yield from _find(body, *path[1:]) if path[1:] else [body]


def _first(data: bytes, *path: bytes) -> bytes:
    return next(_find(data, *path), b"")


def _of_track(track: bytes) -> int:
    if _first(track, b"mdia", b"hdlr")[8:12] != b"vide":
        return 0
    size = _first(track, b"tkhd")[-8:]
    # The larger part of a 16.16 number.
    width, height = _number(size[:2]), _number(size[4:6])
    frames = _number(_first(track, b"mdia", b"minf", b"stbl", b"stsz")[8:12])
    return width * height * (frames or round(_USUAL_RATE * _seconds(_first(track, b"mdia", b"mdhd"))))


def _seconds(header: bytes) -> float:
    """Return how long a track lasts: version 1 of its header has numbers of 64 bits."""
    unit, lasts = (header[20:24], header[24:32]) if header[:1] == b"\1" else (header[12:16], header[16:20])
    return _number(lasts) / _number(unit) if _number(unit) else 0.0


def _elements(data: bytes) -> Iterator[Part]:
    place = 0
    while place < len(data):
        id_length = _vint_length(data[place])
        kind = data[place : place + id_length]
        place += id_length
        if place >= len(data):
            return
        length = _vint_length(data[place])
        size = _number(data[place : place + length]) & ((1 << 7 * length) - 1)
        place += length
        # All ones: it ends where the file does, as in what is written while it is sent.
        end = len(data) if size == (1 << 7 * length) - 1 else place + size
        yield Part(kind, data[place:end])
        place = end


def _vint_length(first: int) -> int:
    return 9 - first.bit_length() if first else 8


def _inside(data: bytes, kind: bytes) -> bytes:
    return next((each.body for each in _elements(data) if each.kind == kind), b"")


def _of_matroska(head: bytes) -> int:
    segment = _inside(head, _SEGMENT)
    info = _inside(segment, _INFO)
    nanoseconds = _float(_inside(info, _DURATION)) * (_number(_inside(info, _SCALE)) or 1_000_000)
    for kind, track in _elements(_inside(segment, _TRACKS)):
        shape = _inside(track, _VIDEO) if kind == _TRACK else b""
        if shape:
            frame_time = _number(_inside(track, _FRAME_TIME)) or 1e9 / _USUAL_RATE
            frames = round(nanoseconds / frame_time) if math.isfinite(nanoseconds) else 0
            return _number(_inside(shape, _WIDTH)) * _number(_inside(shape, _HEIGHT)) * frames
    return 0


def _float(data: bytes) -> float:
    """Return a number of Matroska, 0 for one that is none or below zero."""
    kinds = {4: ">f", 8: ">d"}
    value: float = struct.unpack(kinds[len(data)], data)[0] if len(data) in kinds else 0.0
    return value if value > 0 else 0.0


def _of_avi(head: bytes) -> int:
    """Return the product of what the main header tells, which is the first thing in the file."""
    if head[24:28] != b"avih":
        return 0
    frames, width, height = (int.from_bytes(head[place : place + 4], "little") for place in (48, 64, 68))
    return frames * width * height


def _number(data: bytes) -> int:
    return int.from_bytes(data)
