"""Who opens archives."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from veil.domain.archives import ArchiveKind


class ArchiveMember(NamedTuple):
    """One entry of an archive.

    Attributes:
        place: Where it is in the archive, from 0.
        name: As the archive calls it: a label, never a path.
        file: Its content, until the next member is asked for; None where there is a defect.
        defect: Why it is no file that can be worked on, a clause for people; "" where it is one.
    """

    place: int
    name: str
    file: Path | None
    defect: str = ""


class ArchiveReader(Protocol):
    """Reads archives that nobody has checked."""

    def members(
        self, archive: Path, kind: ArchiveKind, *, into: Path, skip: Collection[int] = ()
    ) -> Iterator[ArchiveMember]:
        """Yield the members one by one, but those whose place is to be skipped; one that is broken stops no other.

        Args:
            archive: The archive.
            kind: What it announces to be.
            into: An existing folder for one file at a time, which belongs to this call alone.
            skip: The members that nobody needs any more.

        Raises:
            AnonymizationError: It is no archive that is opened as a whole; the message says why.
        """
