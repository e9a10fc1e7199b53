"""Where uploads and results are kept."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from veil.domain.media import Upload


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """What is known of a stored file without reading it."""

    size_bytes: int
    declared_type: str


class MediaStore(Protocol):
    """Keeps files under keys. Readers never see half a file."""

    def upload_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that takes one PUT under `key` until it expires."""

    def download_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that answers GET with the file until it expires."""

    def fetch(self, key: str, into: Path, *, version: str | None = None) -> Path:
        """Return a local copy of the file inside the folder `into`: the newest, or the version that is named.

        Raises:
            FileNotFoundError: Nothing is kept under the key, or not this version.
        """

    def put(self, key: str, file: Path, *, media_type: str) -> None:
        """Keep a copy of the file under the key, replacing any earlier one."""

    def stat(self, key: str) -> StoredMedia | None:
        """Return what is known of the file, or None when nothing is kept under the key."""

    def landed_upload(self, key: str) -> Upload | None:
        """Return what lies under the key as the upload it was, all told of one PUT, or None when nothing does.

        Reads no more than the header where reading costs time.
        """

    def discard(self, key: str) -> None:
        """Forget the file under the key, if there is one."""

    def count(self, prefix: str) -> int:
        """Return how many files have a key that starts with the prefix, which ends with a slash."""

    def delete(self, prefix: str) -> None:
        """Forget every file whose key starts with the prefix, which ends with a slash."""
