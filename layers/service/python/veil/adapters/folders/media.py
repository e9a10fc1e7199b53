"""Media files in folders.

A key `owner/7/1/anonymized.jpeg` is kept as two files in the folder `owner/7/1`: the bytes, under a
name of their own (`<random>~anonymized.jpeg`), and under the key's name a small note that says which
bytes are current and what their declared type is. Placing the note is the one atomic step that
publishes bytes and type together. `~` is in no key, so no key names another's bytes.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from veil.adapters.folders.durable_files import make_private_folders, sync_file, sync_folder
from veil.adapters.folders.signed_urls import SignedUrls
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import UploadRefusedError
from veil.domain.media import SIGNATURE_LENGTH, Upload
from veil.ports.media import StoredMedia

_SEGMENT = re.compile(r"(?!\.+\Z)[A-Za-z0-9._-]{1,200}")
# Between a random name and that of the note beside it; no key has it.
_BYTES_MARK = "~"
_INCOMING = "~incoming"


@dataclass(frozen=True, slots=True)
class LocatedMedia:
    """Where a published file lies, to be read and never written.

    Attributes:
        media_type: As declared when it was kept, "" when nothing was.
    """

    path: Path
    size_bytes: int
    media_type: str


class FolderMediaStore:
    """Files under a root folder that belongs to this store alone."""

    def __init__(self, root: Path, urls: SignedUrls, *, drafts: str = "") -> None:
        """Open the store.

        Args:
            root: The folder.
            urls: Signs addresses of files.
            drafts: The folder among unfinished files for those of this process; see `discard_drafts`.
        """
        self._root = root
        self._urls = urls
        self._incoming = root / _INCOMING / drafts
        make_private_folders(self._incoming)

    def upload_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that takes a PUT under `key` until it expires."""
        self._place_of(key)
        return self._urls.sign("PUT", key, life=life)

    def download_url(self, key: str, *, life: timedelta) -> str:
        """Return an absolute URL that answers GET with the file until it expires."""
        self._place_of(key)
        return self._urls.sign("GET", key, life=life)

    def begin_upload(self, *, limit_bytes: int) -> IncomingUpload:
        """Return a file that takes an upload's chunks. The caller discards it in the end, come what may."""
        return IncomingUpload(self._incoming, limit_bytes=limit_bytes)

    def commit_upload(self, upload: IncomingUpload, key: str, *, declared_type: str) -> None:
        """Keep the upload under the key.

        Raises:
            FileExistsError: Something is kept there already; it was not touched.
        """
        self._place_of(key)
        upload.seal()
        # Unlike a rename, a link never replaces what another upload put there meanwhile.
        self._publish(upload.path, key, declared_type, os.link)

    def keep_upload(self, upload: IncomingUpload, key: str, *, declared_type: str) -> Upload:
        """Keep the upload under the key and tell of it; the same bytes may be kept there already.

        Raises:
            UploadRefusedError: Other bytes are kept there.
        """
        try:
            self.commit_upload(upload, key, declared_type=declared_type)
        except FileExistsError:
            # Another request won the place. If it died before its task was told, this one tells it.
            kept = self.landed_upload(key)
            if kept is None or kept.sha256 != upload.sha256:
                raise UploadRefusedError("Another file was uploaded for this task.") from None
            return kept
        return Upload(upload.size_bytes, declared_type, upload.head, upload.sha256)

    def locate(self, key: str) -> LocatedMedia | None:
        """Return where the file lies, or None when nothing is kept under the key."""
        place = self._place_of(key)
        try:
            note = json.loads(place.read_bytes())
            path = place.with_name(note["bytes"])
            return LocatedMedia(path, path.stat().st_size, note["declared_type"])
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def fetch(self, key: str, into: Path, *, version: str | None = None) -> Path:
        """Return a local copy of the file inside the folder `into`, to be read and never written.

        It is the newest, or the version that is named.

        Raises:
            FileNotFoundError: Nothing is kept under the key, or not this version.
        """
        kept = self._bytes_of(key, version)
        copy = into / key.rpartition("/")[2]
        copy.unlink(missing_ok=True)
        try:
            os.link(kept, copy)
        except OSError:
            # Another file system, or one without hard links.
            shutil.copyfile(kept, copy)
        return copy

    def put(self, key: str, file: Path, *, media_type: str) -> None:
        """Keep a copy of the file under the key, replacing any earlier one."""
        self._place_of(key)
        copy = self._draft()
        try:
            shutil.copyfile(file, copy)
            sync_file(copy)
            self._publish(copy, key, media_type, os.replace)
        finally:
            copy.unlink(missing_ok=True)

    def stat(self, key: str) -> StoredMedia | None:
        """Return what is known of the file, or None when nothing is kept under the key."""
        found = self.locate(key)
        return StoredMedia(found.size_bytes, found.media_type) if found else None

    def landed_upload(self, key: str) -> Upload | None:
        """Return what lies under the key as the upload it was, or None when nothing does."""
        found = self.locate(key)
        if found is None:
            return None
        try:
            with found.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                head = file.read(SIGNATURE_LENGTH)
        except FileNotFoundError:
            # The task was deleted in this very moment.
            return None
        return Upload(found.size_bytes, found.media_type, head, sha256, version=found.path.name)

    def discard(self, key: str) -> None:
        """Forget the file under the key, if there is one."""
        found, place = self.locate(key), self._place_of(key)
        if found is not None:
            # The note first: without it nobody finds the bytes.
            place.unlink(missing_ok=True)
            found.path.unlink(missing_ok=True)
            sync_folder(place.parent)

    def count(self, prefix: str) -> int:
        """Return how many files have a key that starts with the prefix, which ends with a slash."""
        below = self._place_of(prefix[:-1]).rglob("*")
        return sum(each.is_file() and _BYTES_MARK not in each.name for each in below)

    def delete(self, prefix: str) -> None:
        """Forget everything below the prefix, which ends with a slash, finished or not.

        Readers see all of it or nothing; a crash halfway leaves the rest to `discard_leftovers`.
        """
        if not prefix.endswith("/"):
            raise ValueError(f"A prefix ends with a slash: {prefix!r}")
        folder = self._place_of(prefix[:-1])
        doomed = self._incoming / uuid4().hex
        try:
            folder.rename(doomed)
        except FileNotFoundError:
            return
        sync_folder(folder.parent)
        shutil.rmtree(doomed)

    def discard_leftovers(self) -> None:
        """Remove what a crash left half received or half deleted.

        Call it once, before any process uses the store: it would also discard what is arriving now.
        """
        shutil.rmtree(self._root / _INCOMING)
        make_private_folders(self._incoming)

    @staticmethod
    def discard_drafts(root: Path, drafts: str) -> None:
        """Remove what a process that died left unfinished in the folder `drafts` of the store at `root`."""
        with suppress(FileNotFoundError):
            shutil.rmtree(root / _INCOMING / drafts)

    def _place_of(self, key: str) -> Path:
        segments = key.split("/")
        if not all(map(_SEGMENT.fullmatch, segments)):
            raise ValueError(f"Not a media key: {key!r}")
        return self._root.joinpath(*segments)

    def _bytes_of(self, key: str, version: str | None) -> Path:
        found = self.locate(key)
        if found is None:
            raise FileNotFoundError(key)
        return found.path.with_name(version) if version else found.path

    def _draft(self) -> Path:
        draft = self._incoming / uuid4().hex
        draft.touch(mode=0o600)
        return draft

    def _publish(self, arrived: Path, key: str, declared_type: str, settle: Callable[[Path, Path], None]) -> None:
        """Move a synced file from the incoming folder beside its place, then let `settle` place its note.

        A deletion in between takes it along: then it is gone, as if it had been kept just before.
        Bytes that were current before stay until their task is deleted: somebody may be reading them.
        """
        place = self._place_of(key)
        try:
            make_private_folders(place.parent)
            bytes_file = arrived.rename(place.with_name(f"{uuid4().hex}{_BYTES_MARK}{place.name}"))
        except FileNotFoundError:
            if not arrived.exists():
                raise
            return  # its task was deleted in this very moment, and took the folder along
        note = self._draft()
        try:
            note.write_text(json.dumps({"bytes": bytes_file.name, "declared_type": declared_type}), encoding="utf-8")
            sync_file(note)
            settle(note, place)
        except FileNotFoundError:
            if bytes_file.exists():
                raise
            return  # its task was deleted in this very moment, and this along with everything else of it
        except OSError:
            bytes_file.unlink()
            raise
        finally:
            note.unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # likewise
            sync_folder(place.parent)
