"""Media and parts of uploads kept in memory, for tests."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from veil.domain.errors import UploadRefusedError
from veil.domain.media import Upload
from veil.domain.upload_parts import ArrivedPart
from veil.ports.clock import Clock
from veil.ports.media import StoredMedia


class _File(NamedTuple):
    content: bytes
    declared_type: str
    version: str


class MemoryMediaStore:
    """Files as bytes in a dict, each version until its key is forgotten.

    Its URLs name a key but no server answers them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, list[_File]] = {}
        self.unfinished: dict[str, MemoryUpload] = {}
        self._lock = Lock()

    def upload_url(self, key: str, *, life: timedelta) -> str:
        """Return a `memory:` URL that names the key, the method and the expiry."""
        return self._url("PUT", key, life)

    def download_url(self, key: str, *, life: timedelta) -> str:
        """Return a `memory:` URL that names the key, the method and the expiry."""
        return self._url("GET", key, life)

    def fetch(self, key: str, into: Path, *, version: str | None = None) -> Path:
        """Write the newest file or the version that is named into the folder and return its path.

        Raises:
            FileNotFoundError: Nothing is kept under the key, or not this version.
        """
        wanted = [file for file in self._versions(key) if version in (None, file.version)]
        if not wanted:
            raise FileNotFoundError(key)
        copy = into / key.rpartition("/")[2]
        copy.write_bytes(wanted[-1].content)
        return copy

    def put(self, key: str, file: Path, *, media_type: str) -> None:
        """Keep a copy of the file under the key, replacing any earlier one."""
        self.keep(key, file.read_bytes(), media_type)

    def keep(self, key: str, content: bytes, media_type: str) -> None:
        """Keep the bytes under the key, replacing any earlier file."""
        with self._lock:
            self._files.setdefault(key, []).append(_File(content, media_type, uuid4().hex))

    def stat(self, key: str) -> StoredMedia | None:
        """Return what is known of the file, or None when nothing is kept under the key."""
        versions = self._versions(key)
        return StoredMedia(len(versions[-1].content), versions[-1].declared_type) if versions else None

    def landed_upload(self, key: str) -> Upload | None:
        """Return what lies under the key as the upload it was, or None when nothing does."""
        versions = self._versions(key)
        if not versions:
            return None
        content, declared_type, version = versions[-1]
        return Upload(len(content), declared_type, content, hashlib.sha256(content).hexdigest(), version)

    def discard(self, key: str) -> None:
        """Forget the file under the key, if there is one."""
        with self._lock:
            self._files.pop(key, None)

    def count(self, prefix: str) -> int:
        """Return how many files have a key that starts with the prefix, which ends with a slash."""
        return sum(key.startswith(prefix) for key in self._files)

    def delete(self, prefix: str) -> None:
        """Forget every file whose key starts with the prefix, which ends with a slash."""
        if not prefix.endswith("/"):
            raise ValueError(f"A prefix ends with a slash: {prefix!r}")
        with self._lock:
            self._files = {key: file for key, file in self._files.items() if not key.startswith(prefix)}
            self.unfinished = {key: each for key, each in self.unfinished.items() if not key.startswith(prefix)}

    def _versions(self, key: str) -> Sequence[_File]:
        with self._lock:
            return tuple(self._files.get(key, ()))

    def _url(self, method: str, key: str, life: timedelta) -> str:
        expires = int((self._clock.now() + life).timestamp())
        return f"memory:///{key}?{urlencode({'method': method, 'expires': expires})}"


class MemoryUpload:
    """Parts as bytes in a dict, by their number."""

    def __init__(self, media: MemoryMediaStore, key: str) -> None:
        self._media = media
        self._key = key
        self._parts: dict[int, bytes] = {}

    def url(self, number: int, *, life: timedelta) -> str:
        """Return the URL of a file named after the part."""
        return self._media.upload_url(f"{self._key}/{number}", life=life)

    def keep(self, number: int, content: bytes) -> ArrivedPart:
        """Keep a part as if it had arrived."""
        self._parts[number] = content
        return _arrived(number, content)

    def arrived(self) -> Sequence[ArrivedPart]:
        """Return the parts that have arrived, by their numbers."""
        if self._media.unfinished.get(self._key) is not self:
            return []
        return [_arrived(*each) for each in sorted(self._parts.items())]

    def join(self, parts: Sequence[ArrivedPart]) -> Upload:
        """Keep these parts as the file, and forget all parts.

        Raises:
            UploadRefusedError: The parts are gone.
        """
        if self._media.unfinished.pop(self._key, None) is self:
            self._media.keep(self._key, b"".join(self._parts[part.number] for part in parts), "")
        landed = self._media.landed_upload(self._key)
        if landed is None:
            raise UploadRefusedError("The parts of this upload are gone.")
        return landed


class MemoryPartUploads:
    """Uploads in parts, beside the media that they will be."""

    def __init__(self, media: MemoryMediaStore) -> None:
        self._media = media

    def begin(self, key: str) -> MemoryUpload:
        """Return the upload that was begun, or begin one."""
        return self._media.unfinished.setdefault(key, MemoryUpload(self._media, key))

    def find(self, key: str) -> MemoryUpload | None:
        """Return the upload that was begun and neither joined nor discarded, or None."""
        return self._media.unfinished.get(key)

    def discard(self, key: str) -> None:
        """Forget all parts, if there are any."""
        self._media.unfinished.pop(key, None)


def _arrived(number: int, content: bytes) -> ArrivedPart:
    return ArrivedPart(number, len(content), hashlib.sha256(content).hexdigest())
