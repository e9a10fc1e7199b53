"""What an archive says it has in it, read as a stream."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from veil.adapters.archives.seven_zip import output_of, result_of
from veil.domain.archives import ArchiveKind, ArchiveLimits
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError

_LONGEST_LINE = 1 << 16
_FIELD = re.compile(r"(\w[\w ]*) = (.*)")
_LINKS = ("Symbolic Link", "Hard Link", "Copy Link")
# The last word of the attributes is the mode of Unix, where the archive has one.
_MODE = re.compile(r"(?:^| )([a-z0-9-])[rwxsStT-]{9}$")
_REGULAR = frozenset("-0")
_FOLDER = "it is a folder; the files in it are taken by themselves"


class Entry(NamedTuple):
    """One entry as the archive lists it.

    Attributes:
        crc: The checksum of its content, CRC-32.
        defect: Why it cannot be read, a clause; "" where it can.
    """

    place: int
    name: str
    size: int
    crc: int
    defect: str
    is_folder: bool = False


def list_entries(archive: Path, kind: ArchiveKind, limits: ArchiveLimits) -> list[Entry]:
    """Return the archive's entries in their order.

    Raises:
        AnonymizationError: It cannot be read, or has more in it than is taken.
    """
    entries: list[Entry] = []
    total, archive_bytes = 0, archive.stat().st_size
    with output_of("l", archive, kind, limits, "-slt", "-ba") as (printed, process):
        for fields in _records(printed):
            entries.append(_entry(len(entries), fields))
            total += entries[-1].size
            why = limits.why_refused(len(entries), total, archive_bytes)
            if why is not None:
                raise AnonymizationError(FailureCause.IMAGE_TOO_LARGE, f"The archive is not opened: {why}.")
        if result_of(process) != 0 and not entries:
            raise AnonymizationError(FailureCause.IMAGE_DEFECT, "The archive is damaged or encrypted.")
    return entries


def _records(printed: IO[bytes]) -> Iterator[Mapping[str, str]]:
    fields: dict[str, str] = {}
    while line := printed.readline(_LONGEST_LINE):
        found = _FIELD.fullmatch(line.decode("utf-8", "replace").rstrip("\r\n"))
        if found is not None and found[1] == "Path" and fields:
            yield fields
            fields = {}
        if found is not None:
            fields.setdefault(found[1], found[2])
    if fields:
        yield fields


def _entry(place: int, fields: Mapping[str, str]) -> Entry:
    size, crc, attributes = fields.get("Size", ""), fields.get("CRC", ""), fields.get("Attributes", "")
    mode = found[1] if (found := _MODE.search(attributes)) else "-"
    is_folder = fields.get("Folder") == "+" or attributes.startswith("D") or mode == "d"
    is_link = mode not in _REGULAR or any(fields.get(name) for name in _LINKS)
    has_checksum = bool(crc) or size == "0"
    return Entry(
        place=place,
        name=fields.get("Path", ""),
        size=int(size) if size.isdecimal() else 0,
        crc=int(crc, 16) if crc else 0,
        defect=_FOLDER if is_folder else _defect(fields.get("Encrypted") == "+", is_link, has_checksum),
        is_folder=is_folder,
    )


def _defect(is_encrypted: bool, is_link: bool, has_checksum: bool) -> str:
    if is_link:
        return "it is a link or a special file"
    if is_encrypted:
        return "it is encrypted"
    return "" if has_checksum else "it has no checksum"
