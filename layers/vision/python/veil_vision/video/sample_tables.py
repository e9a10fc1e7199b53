"""How much memory an MP4 or QuickTime file asks of FFmpeg by what it tells of its samples (ISO/IEC 14496-12).

FFmpeg keeps some 36 bytes for each sample before it reads any. As long as a file spends bytes of its own on each, the
size of the file bounds that. But where all have one size a count of four bytes tells of billions, each entry of an
edit list lists all samples once more, and a compressed description may hold anything.
"""

import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

from veil_vision.errors import UnsupportedVideoError, VideoTooLargeError

# 36 hours of 60 a second, which no camera codes with frames of one size.
MOST_OF_ONE_SIZE = 8_000_000
# Listed again by edits. A usual file has one edit a track, also where it is very long.
USUAL_EDITS, MOST_EDITED = 4, 40_000_000
_TABLE = re.compile(rb"stsz|stz2|trun|elst|cmov")
# The parts of a track that decide whether its samples are kept one by one.
_PART = re.compile(rb"trak|hdlr|stts|ctts|stsz")
# What FFmpeg looks into or takes for a table at the top of a file. Whatever else lies there it passes over: pictures,
# sound, and what cameras add, of which some bytes may look like a table.
_READ = frozenset(
    b"moov moof trak mdia minf stbl mvex edts dinf udta traf tref wave meta ilst stsz stz2 trun elst cmov hoov".split()
)
# It takes these for a description where they begin with what one begins with.
_SPARE, _BEGINNINGS = b"free", (b"mvhd", b"cmov")
_LEAST_ATOM, _LONG_ATOM = 8, 16
_OWN_FIELDS = 0xF00


def require_few_samples(path: Path) -> None:
    """Refuse an MP4 or QuickTime file that would take gigabytes of memory to open.

    Tables are looked for wherever FFmpeg might take them for such, not only where they belong.

    Raises:
        VideoTooLargeError: It tells of too many samples.
        UnsupportedVideoError: Its description is compressed.
    """
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        of_one_size, samples, edits = 0, 0, 0
        for kind, start, end in _atoms(data, 0, len(data)):
            if not _is_read(data, kind, start):
                continue
            by_chunk = _kept_by_chunk(data, start, end)
            # An atom may be a table itself, so its own name is looked at as well.
            for table in _TABLE.finditer(data, start - len(kind), end):
                name, body = table.group(), table.end()
                if name == b"cmov":
                    raise UnsupportedVideoError("videos with a compressed description are not read")
                if name == b"elst":
                    edits += _number(data, body + 4)
                elif body not in by_chunk:
                    told = _number(data, body + (4 if name == b"trun" else 8))
                    samples += told
                    of_one_size += 0 if _has_fields_of_each(data, name, body) else told
    if of_one_size > MOST_OF_ONE_SIZE or (edits > USUAL_EDITS and edits * samples > MOST_EDITED):
        raise VideoTooLargeError("the video tells of more samples than can be kept")


def _is_read(data: mmap, kind: bytes, start: int) -> bool:
    is_description = kind == _SPARE and data[start + 4 : start + 8] in _BEGINNINGS
    return is_description or kind in _READ


def _has_fields_of_each(data: mmap, name: bytes, body: int) -> bool:
    """Tell whether a table spends whole bytes on each sample; `stz2` may spend half of one."""
    if name == b"trun":
        return _number(data, body) & _OWN_FIELDS != 0
    return name == b"stsz" and _number(data, body + 4) == 0


def _kept_by_chunk(data: mmap, start: int, end: int) -> set[int]:
    """Return where the sizes of sound begin of which FFmpeg keeps the chunks: its samples last one unit, as PCM's."""
    tracks = (each for each in _atoms(data, start, end) if each[0] == b"trak")
    return {place for _, first, last in tracks for place in _sizes_by_chunk(data, first, last)}


def _sizes_by_chunk(data: mmap, start: int, end: int) -> Iterator[int]:
    parts: dict[bytes, list[int]] = {}
    for part in _PART.finditer(data, start, end):
        parts.setdefault(part.group(), []).append(part.end())
    handlers = {data[place + 8 : place + 12] for place in parts.pop(b"hdlr", [])}
    is_sound = b"soun" in handlers and b"vide" not in handlers
    if is_sound and {name: len(places) for name, places in parts.items()} == {b"stts": 1, b"stsz": 1}:
        times = parts[b"stts"][0]
        if (_number(data, times + 4), _number(data, times + 12)) == (1, 1):
            yield parts[b"stsz"][0]


def _atoms(data: mmap, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, beginning and end of the body of each atom, as far as FFmpeg reads them."""
    while start + _LEAST_ATOM <= end:
        length, kind, header = _number(data, start), data[start + 4 : start + 8], _LEAST_ATOM
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16]), _LONG_ATOM
        stop = min(start + length, end) if length else end
        if stop < start + header:
            return
        yield kind, start + header, stop
        start = stop


def _number(data: mmap, place: int) -> int:
    return int.from_bytes(data[place : place + 4])
