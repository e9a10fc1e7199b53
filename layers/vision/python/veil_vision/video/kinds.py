"""What kinds of video files there are, told by their first bytes, and what kind of file a result becomes."""

from enum import StrEnum
from pathlib import Path

SNIFFED_BYTES = 400


class VideoKind(StrEnum):
    """A video file's kind, by the name that people know it by."""

    MP4 = "MP4"
    QUICKTIME = "QuickTime"
    MATROSKA = "Matroska"
    WEBM = "WebM"
    AVI = "AVI"
    TRANSPORT_STREAM = "MPEG transport stream"
    PROGRAM_STREAM = "MPEG program stream"

    @property
    def container(self) -> str:
        """The muxer of its result, as FFmpeg names it: QuickTime and Matroska stay what they are, the rest is MP4.

        Unless the encoder needs another: see `results.container_for`.
        """
        return {VideoKind.QUICKTIME: "mov", VideoKind.MATROSKA: "matroska"}.get(self, "mp4")


_PACKETS = ((0, 188), (4, 192))
_SYNC = 0x47
# Atoms that QuickTime files from before file types begin with.
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
# File types of pictures and sound, in the same kind of container.
_OTHER_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"crx ", b"M4A ", b"M4B ")


def kind_of_video(head: bytes) -> VideoKind | None:
    """Return the kind of file that starts with these bytes (`SNIFFED_BYTES` of them), or None for no video."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return None if brand in _OTHER_BRANDS else VideoKind.QUICKTIME if brand == b"qt  " else VideoKind.MP4
    if head[4:8] in _OLD_QUICKTIME:
        return VideoKind.QUICKTIME
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return VideoKind.WEBM if b"webm" in head[:64] else VideoKind.MATROSKA
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return VideoKind.AVI
    if head[:4] == b"\0\0\x01\xba":
        return VideoKind.PROGRAM_STREAM
    is_packets = any(len(head) > at + step and head[at] == head[at + step] == _SYNC for at, step in _PACKETS)
    return VideoKind.TRANSPORT_STREAM if is_packets else None


def kind_of_file(path: Path) -> VideoKind | None:
    """Return the kind of video that a file is by its first bytes, or None for no video.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as content:
        return kind_of_video(content.read(SNIFFED_BYTES))
