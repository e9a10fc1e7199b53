"""Archives: how they are told apart, and how much of one is taken."""

from dataclasses import dataclass
from enum import StrEnum


class ArchiveKind(StrEnum):
    """The kinds of archives that are opened."""

    ZIP = "zip"
    RAR4 = "rar"
    RAR5 = "rar5"
    SEVEN_ZIP = "7z"


_SIGNATURES = {
    b"PK\x03\x04": ArchiveKind.ZIP,
    b"PK\x05\x06": ArchiveKind.ZIP,  # an empty one
    b"Rar!\x1a\x07\x00": ArchiveKind.RAR4,
    b"Rar!\x1a\x07\x01\x00": ArchiveKind.RAR5,
    b"7z\xbc\xaf\x27\x1c": ArchiveKind.SEVEN_ZIP,
}


def sniff_archive(head: bytes) -> ArchiveKind | None:
    """Return the kind of archive that the first bytes of a file announce, or None for any other file."""
    return next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), None)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What is not opened, as whoever made it may want to fill this machine.

    Attributes:
        members: Files and folders in one archive.
        total_bytes: Of all its files, unpacked.
        ratio: How many times larger than the archive its files may be; pictures hardly shrink at all.
        free_bytes: Unpacked, what every archive may have whatever its ratio.
        memory_bytes: For the program that unpacks.
        cpu_seconds: For that program, each time it runs.
    """

    members: int = 10_000
    total_bytes: int = 16 << 30
    ratio: int = 100
    free_bytes: int = 100 << 20
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 1800

    def why_refused(self, members: int, total_bytes: int, archive_bytes: int) -> str | None:
        """Return why an archive of this content is not opened, or None where it is."""
        if members > self.members:
            return f"it has more than {self.members} files and folders"
        if total_bytes > self.total_bytes:
            return f"its files have more than {self.total_bytes} bytes"
        if total_bytes > max(self.free_bytes, self.ratio * archive_bytes):
            return f"its files are more than {self.ratio} times larger than the archive"
        return None
