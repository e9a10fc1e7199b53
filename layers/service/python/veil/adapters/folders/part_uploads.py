"""Uploads in parts, in folders: `parts` beside the file that they will be, one file for each part.

A part is called by its number and its checksum, which is its ETag, so nothing about it is written elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Lock

from veil.adapters.folders.durable_files import make_private_folders, sync_folder
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.signed_urls import SignedUrls
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import UploadRefusedError
from veil.domain.media import Upload
from veil.domain.upload_parts import ArrivedPart

_PARTS = "/parts/"
_PIECE_BYTES = 4 << 20
# Two requests with one part at once must not each remove the other's.
_KEEPING = Lock()


@dataclass(frozen=True, slots=True)
class FolderUpload:
    """One upload of which parts arrive.

    Attributes:
        key: The media key that the file will have.
        folder: Where the parts are.
    """

    key: str
    folder: Path
    media: FolderMediaStore
    urls: SignedUrls

    def url(self, number: int, *, life: timedelta) -> str:
        """Return an absolute URL that takes PUTs of this part until it expires; the newest counts."""
        return self.urls.sign("PUT", f"{_prefix(self.key)}{number}", life=life)

    def keep(self, number: int, incoming: IncomingUpload) -> ArrivedPart:
        """Keep a part, in place of an earlier one with its number.

        Raises:
            UploadRefusedError: The upload was joined or discarded meanwhile.
        """
        incoming.seal()
        place = self.folder / f"{number}-{incoming.sha256}"
        with _KEEPING:
            try:
                incoming.path.replace(place)
            except FileNotFoundError:
                raise UploadRefusedError("The parts of this upload are gone.") from None
            for other in self.folder.glob(f"{number}-*"):
                if other != place:
                    other.unlink()
        sync_folder(self.folder)
        return ArrivedPart(number, incoming.size_bytes, incoming.sha256)

    def arrived(self) -> Sequence[ArrivedPart]:
        """Return the parts that have arrived, by their numbers."""
        try:
            files = list(self.folder.iterdir())
        except FileNotFoundError:
            return ()  # it was joined or discarded in this very moment
        return sorted(filter(None, map(_part_in, files)))

    def join(self, parts: Sequence[ArrivedPart]) -> Upload:
        """Keep these parts, one behind the other, as the file, and forget all parts.

        Raises:
            UploadRefusedError: Another file is kept there, or the parts are gone and nobody joined them.
        """
        joined = self.media.begin_upload(limit_bytes=sum(part.size_bytes for part in parts))
        try:
            for part in parts:
                self._append(part, joined)
            upload = self.media.keep_upload(joined, self.key, declared_type="")
        except FileNotFoundError:
            return self._joined_by_another()
        finally:
            joined.discard()
        self.media.delete(_prefix(self.key))
        return upload

    def _joined_by_another(self) -> Upload:
        landed = self.media.landed_upload(self.key)
        if landed is None:
            raise UploadRefusedError("The parts of this upload are gone.")
        return landed

    def _append(self, part: ArrivedPart, joined: IncomingUpload) -> None:
        with (self.folder / f"{part.number}-{part.etag}").open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                joined.write(piece)


class FolderPartUploads:
    """Uploads in parts below the root folder of a media store, so that whoever deletes a task's files deletes them."""

    def __init__(self, root: Path, media: FolderMediaStore, urls: SignedUrls) -> None:
        self._root = root
        self._media = media
        self._urls = urls

    def begin(self, key: str) -> FolderUpload:
        """Return the upload that was begun, or begin one.

        Raises:
            UploadRefusedError: Its task was deleted in this very moment.
        """
        upload = self._upload(key)
        try:
            make_private_folders(upload.folder)
        except FileNotFoundError:
            raise UploadRefusedError("The task of this upload was deleted.") from None
        return upload

    def find(self, key: str) -> FolderUpload | None:
        """Return the upload that was begun and neither joined nor discarded, or None."""
        upload = self._upload(key)
        return upload if upload.folder.is_dir() else None

    def discard(self, key: str) -> None:
        """Forget all parts, if there are any."""
        self._media.delete(_prefix(key))

    def _upload(self, key: str) -> FolderUpload:
        return FolderUpload(key, self._root.joinpath(*_prefix(key).split("/")), self._media, self._urls)


def _prefix(key: str) -> str:
    return f"{key.rpartition('/')[0]}{_PARTS}"


def number_of(url_key: str) -> int | None:
    """Return which part a URL was signed for, or None where it is for a whole file."""
    number = url_key.rpartition(_PARTS)[2]
    return int(number) if number != url_key else None


def _part_in(file: Path) -> ArrivedPart | None:
    """Return the part that a file is, None where another one took its place in this very moment."""
    number, _, etag = file.name.partition("-")
    try:
        return ArrivedPart(int(number), file.stat().st_size, etag)
    except FileNotFoundError:
        return None
