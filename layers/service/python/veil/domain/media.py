"""Media files: where they are kept, what they are called, and how large they may be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from veil.domain.image_size import announced_pixels, announced_room
from veil.domain.video_size import announced_video_pixels

UPLOAD_URL_LIFE = timedelta(seconds=3600)
DOWNLOAD_URL_LIFE = timedelta(seconds=14400)


class MediaType(StrEnum):
    """The media types that can be anonymized."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    MATROSKA = "video/x-matroska"
    WEBM = "video/webm"
    AVI = "video/x-msvideo"
    MPEG_TS = "video/mp2t"

    @property
    def suffix(self) -> str:
        """The file name suffix, with its dot, as in the vendor's object names."""
        return _SUFFIXES[self]

    @property
    def is_video(self) -> bool:
        """Whether it moves."""
        return self.value.startswith("video/")

    @property
    def result(self) -> "MediaType":
        """The type of what is usually made of it: pictures, QuickTime and Matroska stay, other videos become MP4."""
        return MediaType.MP4 if self in _BECOME_MP4 else self


_SUFFIXES = {
    MediaType.JPEG: ".jpeg",
    MediaType.PNG: ".png",
    MediaType.MP4: ".mp4",
    MediaType.QUICKTIME: ".mov",
    MediaType.MATROSKA: ".mkv",
    MediaType.WEBM: ".webm",
    MediaType.AVI: ".avi",
    MediaType.MPEG_TS: ".ts",
}
_BECOME_MP4 = frozenset({MediaType.WEBM, MediaType.AVI, MediaType.MPEG_TS})
# Of videos that do not say how large they are: a fifth of a bit for a pixel is a good camera's rate.
LEAST_PIXELS_PER_BYTE = 40
SIGNATURE_LENGTH = 256
"""How many of a file's first bytes tell its type."""

# A transport stream begins a packet with this byte, every 188 bytes (ISO/IEC 13818-1).
_SYNC, _PACKET = 0x47, 188
# File types of pictures in the container of MP4 (ISO/IEC 14496-12): AVIF and HEIC.
_PICTURE_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"crx "})
# What QuickTime files begin with that are older than file types.
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def sniff_media_type(head: bytes) -> MediaType | None:
    """Return the type that the first bytes of a file announce, or None for any other file."""
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    return MediaType.PNG if head.startswith(b"\x89PNG\r\n\x1a\n") else _sniff_video(head)


def _sniff_video(head: bytes) -> MediaType | None:
    atom, brand = head[4:8], head[8:12]
    if atom == b"ftyp" and brand not in _PICTURE_BRANDS:
        return MediaType.QUICKTIME if brand == b"qt  " else MediaType.MP4
    if atom in _OLD_QUICKTIME:
        return MediaType.QUICKTIME
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return MediaType.WEBM if b"webm" in head[:64] else MediaType.MATROSKA
    if head.startswith(b"RIFF") and brand == b"AVI ":
        return MediaType.AVI
    return MediaType.MPEG_TS if len(head) > _PACKET and head[0] == head[_PACKET] == _SYNC else None


class Artifact(StrEnum):
    """The files of a task."""

    ORIGINAL = "original"
    ANONYMIZED = "anonymized"
    BINARY_MASK = "binary_mask"
    INSTANCE_MASK = "instance_mask"
    METADATA = "metadata"
    REPORT = "report"
    FINDINGS = "findings"


class ResultType(NamedTuple):
    """What kind of file a result is.

    Attributes:
        suffix: Of its file name, with the dot.
    """

    media_type: str
    suffix: str


_PNG = ResultType("image/png", ".png")
_JSON = ResultType("application/json", ".json")
RESULT_TYPES: Mapping[Artifact, ResultType] = {
    Artifact.BINARY_MASK: _PNG,
    Artifact.INSTANCE_MASK: _PNG,
    Artifact.METADATA: _JSON,
    Artifact.REPORT: _JSON,
    Artifact.FINDINGS: ResultType("application/gzip", ".json.gz"),
}
"""Every result of a picture but the anonymized one."""
_LOSSLESS = ResultType(MediaType.MATROSKA, MediaType.MATROSKA.suffix)
RESULT_TYPES_OF_VIDEOS: Mapping[Artifact, ResultType] = {
    **RESULT_TYPES,
    Artifact.BINARY_MASK: _LOSSLESS,
    Artifact.INSTANCE_MASK: _LOSSLESS,
}
"""The same of a video."""


def result_type(artifact: Artifact, anonymized: MediaType) -> ResultType:
    """Return what kind of file a result is, beside an anonymized file of such a type."""
    fixed = RESULT_TYPES_OF_VIDEOS if anonymized.is_video else RESULT_TYPES
    return fixed.get(artifact) or ResultType(anonymized, anonymized.suffix)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived. Checksum or version let whoever works on it later know that it is the same.

    Attributes:
        size_bytes: Its length.
        declared_type: The upload's Content-Type header, "" when there was none.
        head: Its first bytes, at least `SIGNATURE_LENGTH` where it has them.
        index: Where an MP4 describes itself, if not in its head and somebody looked for it.
        sha256: Its checksum, hexadecimal, or None where nobody has read all of it yet.
        version: The media store's name for these very bytes, or None where their sender knows none.
    """

    size_bytes: int
    declared_type: str
    head: bytes
    sha256: str | None = None
    version: str | None = None
    index: bytes = b""

    @property
    def pixels(self) -> int | None:
        """How many pixels it announces, of a video in all of its frames, or None where it does not say."""
        return announced_pixels(self.head) or announced_video_pixels(self.head, self.index)

    @property
    def room(self) -> int | None:
        """How many pixels of plain colour take as much memory as this picture, or None where it does not say."""
        return announced_room(self.head)


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What is not even queued. The anonymizer has limits of its own.

    Attributes:
        max_bytes: Of a picture.
        max_pixels: Of a picture.
        max_video_bytes: Of a video.
        max_video_pixels: Of all frames of a video together; None for any number.
    """

    max_bytes: int = 100_000_000
    max_pixels: int = 200_000_000
    max_video_bytes: int = 4 << 30
    max_video_pixels: int | None = None

    def admit(self, upload: Upload, media_type: MediaType) -> bool:
        """Say whether the upload is small enough, as far as can be seen yet."""
        if media_type.is_video:
            most = self.max_video_pixels or math.inf
            fits = video_pixels(upload.pixels, upload.size_bytes) <= most
            return fits and upload.size_bytes <= self.max_video_bytes
        return upload.size_bytes <= self.max_bytes and (upload.pixels or 0) <= self.max_pixels


def video_pixels(announced: int | None, size_bytes: int) -> int:
    """Return how many pixels all frames of a video have together, guessed from its size where it does not say."""
    return announced or size_bytes * LEAST_PIXELS_PER_BYTE


def task_prefix(owner: str, task_id: int) -> str:
    """Return the key prefix under which everything of a task is kept."""
    return f"{owner}/{task_id}/"


def segment_prefix(owner: str, task_id: int) -> str:
    """Return the key prefix of what is kept of a video's segments until its task ends."""
    return f"{task_prefix(owner, task_id)}segments/"


def original_key(owner: str, task_id: int) -> str:
    """Return the key of a task's upload. It never contains a name that a user chose."""
    return f"{task_prefix(owner, task_id)}original"


def result_key(owner: str, task_id: int, run: int, artifact: Artifact, anonymized: MediaType) -> str:
    """Return the key of a result, beside an anonymized file of such a type.

    Every run writes under its own number, so publishing is the one write that names the run
    (pattern `<customer_id>/<task_id>/1/anonymized.jpeg`, contracts/celantur.md A.10).
    """
    return f"{task_prefix(owner, task_id)}{run}/{artifact}{result_type(artifact, anonymized).suffix}"
