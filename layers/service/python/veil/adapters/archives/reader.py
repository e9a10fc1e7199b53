"""Archives, member by member: their names never become paths, and what is broken stops nothing else.

One process unpacks everything to its output, which is cut by the sizes that the archive lists and held against their
checksums. A broken member may print more or less than its size, so that all behind it would be cut wrongly: then
another process starts over without it.
"""

import zlib
from collections.abc import Collection, Generator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import IO, NamedTuple

from veil.adapters.archives.listing import Entry, list_entries
from veil.adapters.archives.seven_zip import output_of, result_of
from veil.domain.archives import ArchiveKind, ArchiveLimits
from veil.ports.archives import ArchiveMember

_PIECE_BYTES = 1 << 20
_MOST_STARTS = 10
_BROKEN = "it is damaged"
_LIKE_BROKEN = "it cannot be told from a file of the same name that is encrypted, a link or damaged"
_HOPELESS = "the archive is damaged in too many places"


class SevenZipReader:
    """Reads zip, rar and 7z within limits."""

    def __init__(self, limits: ArchiveLimits | None = None) -> None:
        self._limits = limits or ArchiveLimits()

    def members(
        self, archive: Path, kind: ArchiveKind, *, into: Path, skip: Collection[int] = ()
    ) -> Iterator[ArchiveMember]:
        """Yield the members one by one; see the port `ArchiveReader`."""
        entries = list_entries(archive, kind, self._limits)
        unread = {entry.place: entry for entry in entries if entry.place not in skip}
        for entry in entries:
            if entry.defect and unread.pop(entry.place, None) is not None:
                yield _without(entry, entry.defect)
        left_out = {entry.name for entry in entries if entry.defect and not entry.is_folder}
        for _ in range(_MOST_STARTS):
            planned = [entry for entry in entries if not entry.defect and not _is_among(entry.name, left_out)]
            for lost in unread.keys() - {entry.place for entry in planned}:
                yield _without(unread.pop(lost), _LIKE_BROKEN)
            if not unread:
                return
            extraction = _Extraction(archive, kind, self._limits, into)
            broken = yield from extraction.unpacked(planned, left_out, unread)
            if broken is not None:
                left_out.add(broken.name)
        for entry in unread.values():
            yield _without(entry, _HOPELESS)


class _Extraction(NamedTuple):
    """One process that unpacks an archive."""

    archive: Path
    kind: ArchiveKind
    limits: ArchiveLimits
    into: Path

    def unpacked(
        self, planned: Sequence[Entry], left_out: AbstractSet[str], unread: dict[int, Entry]
    ) -> Generator[ArchiveMember, None, Entry | None]:
        """Yield what is unread of the planned entries and take it from there; return where the output broke."""
        names, file = self.into / "left-out", self.into / "member"
        names.write_text("".join(f"{name}\n" for name in left_out), encoding="utf-8")
        options = (f"-x@{names}",) if left_out else ()
        with output_of("x", self.archive, self.kind, self.limits, "-so", *options) as (output, process):
            for entry in planned:
                crc = _copied(output, entry.size, file if entry.place in unread else None)
                if crc is None:
                    result_of(process)
                if crc != entry.crc:
                    if unread.pop(entry.place, None) is not None:
                        yield _without(entry, _BROKEN)
                    return entry
                if unread.pop(entry.place, None) is not None:
                    yield ArchiveMember(entry.place, entry.name, file)
        return None


def _copied(source: IO[bytes], size: int, file: Path | None) -> int | None:
    """Move so many bytes into the file, if there is one; return their checksum, or None where there are fewer."""
    crc = 0
    with (file or Path("/dev/null")).open("wb") as target:
        while size:
            piece = source.read(min(size, _PIECE_BYTES))
            if not piece:
                return None
            target.write(piece)
            crc, size = zlib.crc32(piece, crc), size - len(piece)
    return crc


def _is_among(name: str, left_out: AbstractSet[str]) -> bool:
    """Say whether leaving these names out leaves out this one: it is one of them, or below it."""
    steps = name.split("/")
    return any("/".join(steps[:end]) in left_out for end in range(1, len(steps) + 1))


def _without(entry: Entry, defect: str) -> ArchiveMember:
    return ArchiveMember(entry.place, entry.name, None, defect)
