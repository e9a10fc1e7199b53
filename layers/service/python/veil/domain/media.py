"""Media files: where they are kept, what they are called, and how large they may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from veil.domain.image_size import announced_pixels

UPLOAD_URL_LIFE = timedelta(seconds=3600)
DOWNLOAD_URL_LIFE = timedelta(seconds=14400)


class MediaType(StrEnum):
    """The media types that can be anonymized."""

    JPEG = "image/jpeg"
    PNG = "image/png"

    @property
    def suffix(self) -> str:
        """The file name suffix, with its dot, as in the vendor's object names."""
        return {MediaType.JPEG: ".jpeg", MediaType.PNG: ".png"}[self]


_SIGNATURES = {b"\xff\xd8\xff": MediaType.JPEG, b"\x89PNG\r\n\x1a\n": MediaType.PNG}
SIGNATURE_LENGTH = max(map(len, _SIGNATURES))


def sniff_media_type(head: bytes) -> MediaType | None:
    """Return the type that the first bytes of a file announce, or None for any other file."""
    return next((kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), None)


class Artifact(StrEnum):
    """The files of a task."""

    ORIGINAL = "original"
    ANONYMIZED = "anonymized"
    BINARY_MASK = "binary_mask"
    INSTANCE_MASK = "instance_mask"
    METADATA = "metadata"
    REPORT = "report"


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
}
"""Every result but the anonymized picture, which is of its upload's type."""


def result_type(artifact: Artifact, upload: MediaType) -> ResultType:
    """Return what kind of file a result of such an upload is."""
    return RESULT_TYPES.get(artifact) or ResultType(upload, upload.suffix)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived. Checksum or version let whoever works on it later know that it is the same.

    Attributes:
        size_bytes: Its length.
        declared_type: The upload's Content-Type header, "" when there was none.
        head: Its first bytes, at least `SIGNATURE_LENGTH` where it has them.
        sha256: Its checksum, hexadecimal, or None where nobody has read all of it yet.
        version: The media store's name for these very bytes, or None where their sender knows none.
    """

    size_bytes: int
    declared_type: str
    head: bytes
    sha256: str | None = None
    version: str | None = None

    @property
    def pixels(self) -> int | None:
        """How many pixels it announces, or None where its head does not say."""
        return announced_pixels(self.head)


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What is not even queued. The anonymizer has limits of its own."""

    max_bytes: int = 100_000_000
    max_pixels: int = 200_000_000

    def admit(self, upload: Upload) -> bool:
        """Say whether the upload is small enough, as far as can be seen yet."""
        return upload.size_bytes <= self.max_bytes and (upload.pixels or 0) <= self.max_pixels


def task_prefix(owner: str, task_id: int) -> str:
    """Return the key prefix under which everything of a task is kept."""
    return f"{owner}/{task_id}/"


def original_key(owner: str, task_id: int) -> str:
    """Return the key of a task's upload. It never contains a name that a user chose."""
    return f"{task_prefix(owner, task_id)}original"


def result_key(owner: str, task_id: int, run: int, artifact: Artifact, media_type: MediaType) -> str:
    """Return the key of a result.

    Every run writes under its own number, so publishing is the one write that names the run
    (pattern `<customer_id>/<task_id>/1/anonymized.jpeg`, contracts/celantur.md A.10).
    """
    return f"{task_prefix(owner, task_id)}{run}/{artifact}{result_type(artifact, media_type).suffix}"
