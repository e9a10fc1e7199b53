"""Uploads that arrive in blocks, in folders: one folder for each job, one file for each block.

What a commit names is written down as a list of files, under a name that is a checksum of the list; the job says
which list is its upload. So a commit is quick however large the file is, and two of them never mix.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from veil.adapters.folders.durable_files import make_private_folders, sync_file, sync_folder
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import StaleJobError
from veil.domain.job import Job
from veil.domain.media import SIGNATURE_LENGTH, Upload
from veil.domain.upload_blocks import LARGEST_UPLOAD_BYTES, block_name, list_of, require_all, require_room

_PIECE_BYTES = 4 << 20


class FolderUploadSessions:
    """Blocks below a root folder that belongs to this store alone."""

    def __init__(self, root: Path, media: FolderMediaStore, *, limit_bytes: int = LARGEST_UPLOAD_BYTES) -> None:
        self._root = root
        self._media = media
        self._limit_bytes = limit_bytes

    def begin(self, job_id: str) -> IncomingUpload:
        """Return a file that takes the bytes of a block. The caller discards it in the end, come what may.

        Raises:
            StaleJobError: All blocks were discarded in this moment.
        """
        folder = self._folder(job_id)
        with _not_discarded(job_id):
            make_private_folders(folder)
            return IncomingUpload(folder, limit_bytes=self._limit_bytes)

    def put_block(self, job_id: str, block_id: str, incoming: IncomingUpload) -> None:
        """Keep a block, in place of an earlier one with the same id.

        Raises:
            BlockRefusedError: Ids of one upload have one length, and all blocks together have a limit.
            StaleJobError: All blocks were discarded while this one arrived.
        """
        name = block_name(block_id)
        with _not_discarded(job_id):
            require_room(self._kept(job_id), name, incoming.size_bytes, limit_bytes=self._limit_bytes)
            self._keep(job_id, name, incoming)

    def commit_blocks(self, job_id: str, block_ids: Sequence[str]) -> str:
        """Make the blocks in this order one upload and return its name, which the job takes.

        Raises:
            BlockRefusedError: A block is not there, or together they are more than are taken.
            StaleJobError: All blocks were discarded in this moment.
        """
        make_private_folders(self._folder(job_id))
        names = [block_name(each) for each in block_ids]
        with _not_discarded(job_id):
            require_all(self._kept(job_id), names, limit_bytes=self._limit_bytes)
            return self._write_list(job_id, names)

    def commit_whole(self, job_id: str, incoming: IncomingUpload) -> str:
        """Make what arrived in one request the upload and return its name, which the job takes.

        Raises:
            StaleJobError: Everything was discarded while it arrived.
        """
        name = f"whole-{incoming.sha256}"
        with _not_discarded(job_id):
            self._keep(job_id, name, incoming)
            return self._write_list(job_id, [name])

    def head(self, job: Job) -> bytes:
        """Return the first bytes of what the job took as its upload, b"" where it is gone."""
        head = b""
        if not self._list(job.job_id, job.committed).is_file():
            return head
        for block in self._listed(job):
            with block.open("rb") as file:
                head += file.read(SIGNATURE_LENGTH - len(head))
            if len(head) == SIGNATURE_LENGTH:
                break
        return head

    def fetch(self, job: Job, into: Path) -> Path:
        """Return a local copy of what the job took as its upload inside the folder `into`.

        Raises:
            FileNotFoundError: It is gone.
        """
        copy = into / "upload"
        with copy.open("wb") as joined:
            _join(self._listed(job), joined)
        return copy

    def collect(self, job: Job, key: str) -> Upload | None:
        """Keep what the job took as its upload under the media key and tell of it; None where it is gone."""
        landed = self._media.landed_upload(key)
        if landed is not None or not self._list(job.job_id, job.committed).is_file():
            return landed
        joined = self._media.begin_upload(limit_bytes=self._limit_bytes)
        try:
            _join(self._listed(job), joined)
            self._media.commit_upload(joined, key, declared_type="")
        finally:
            joined.discard()
        return Upload(joined.size_bytes, "", joined.head, joined.sha256)

    def job_ids(self) -> Sequence[str]:
        """Return the jobs that have blocks here."""
        return [each.name for each in self._root.iterdir()] if self._root.is_dir() else []

    def discard(self, job_id: str) -> None:
        """Forget every block of the job, and what arrives for it now; what a crash leaves looks like another job's."""
        doomed = self._root / uuid4().hex
        try:
            self._folder(job_id).rename(doomed)
        except FileNotFoundError:
            return
        shutil.rmtree(doomed)

    def _folder(self, job_id: str) -> Path:
        return self._root / job_id

    def _list(self, job_id: str, committed: str) -> Path:
        return self._folder(job_id) / f"list-{committed}"

    def _listed(self, job: Job) -> Sequence[Path]:
        listed = self._list(job.job_id, job.committed)
        return [listed.with_name(name) for name in json.loads(listed.read_text(encoding="utf-8"))]

    def _kept(self, job_id: str) -> dict[str, int]:
        blocks = (each for each in self._folder(job_id).iterdir() if each.name[0].isdigit())
        return {block.name: block.stat().st_size for block in blocks}

    def _keep(self, job_id: str, name: str, incoming: IncomingUpload) -> None:
        incoming.seal()
        place = self._folder(job_id) / name
        incoming.path.replace(place)
        sync_folder(place.parent)

    def _write_list(self, job_id: str, names: Sequence[str]) -> str:
        committed, text = list_of(names)
        draft = self._folder(job_id) / f"draft-{committed}"
        draft.write_text(text, encoding="utf-8")
        sync_file(draft)
        draft.replace(self._list(job_id, committed))
        sync_folder(draft.parent)
        return committed


@contextmanager
def _not_discarded(job_id: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise StaleJobError(f"The blocks of job {job_id} were discarded.") from error


def _join(files: Iterable[Path], joined: IncomingUpload | IO[bytes]) -> None:
    for file in files:
        with file.open("rb") as block:
            while piece := block.read(_PIECE_BYTES):
                joined.write(piece)
