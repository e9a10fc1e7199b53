"""A folder that clients share with the node: files are taken from it and results put beside them.

Clients may write there at any time, so every step to a file is taken without following links.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.upload_sessions import FolderUploadSessions
from veil.domain.errors import JobFileError
from veil.domain.job import Job
from veil.domain.media import Artifact
from veil.domain.task import Task
from veil.use_cases.jobs import ShownJob

PREFIX = PurePosixPath("/syntonym/jobs")
"""Where clients see the folder (contracts/syntonym.md, section 2)."""
DRAFT = ".unfinished"
_PIECE_BYTES = 4 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# A pipe would hold up whoever opens it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class SharedJobsFolder:
    """Files below a root that the node's clients see as `/syntonym/jobs`."""

    def __init__(
        self,
        root: Path,
        sessions: FolderUploadSessions,
        media: FolderMediaStore,
        *,
        names: Callable[[ShownJob], Iterable[str]],
    ) -> None:
        """Share the folder; `names` says what the result of each task of a job is called."""
        self._root = root
        self._sessions = sessions
        self._media = media
        self._names = names

    def require(self, path: str) -> None:
        """Refuse a path that cannot be taken.

        Raises:
            JobFileError: It names no regular file below the folder, or leads over a link.
        """
        with self._opened(path):
            return

    def take(self, job: Job) -> str:
        """Keep a copy of the file at the job's source as its upload, and return the name of that.

        Raises:
            JobFileError: As `require` does.
            UploadTooLargeError: The file is larger than is taken.
        """
        incoming = self._sessions.begin(job.job_id)
        try:
            with self._opened(job.source) as file:
                while piece := file.read(_PIECE_BYTES):
                    incoming.write(piece)
            return self._sessions.commit_whole(job.job_id, incoming)
        finally:
            incoming.discard()

    def keep(self, job: Job, tasks: Sequence[Task]) -> None:
        """Put the results of the job's tasks into a folder that has the job's id for its name."""
        with _folder(self._root) as root:
            with suppress(FileExistsError):
                os.mkdir(job.job_id, dir_fd=root)
            with _folder(job.job_id, inside=root) as results:
                for task, name in zip(tasks, self._names(ShownJob(job, tuple(tasks))), strict=True):
                    key = task.key_of(Artifact.ANONYMIZED)
                    stored = self._media.locate(key) if key else None
                    if stored is not None:
                        _copy(stored.path, results, name)

    def discard(self, job_id: str) -> None:
        """Delete the job's results, if there are any."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._root / job_id)

    def _opened(self, path: str) -> IO[bytes]:
        try:
            return os.fdopen(self._descriptor(path), "rb")
        except (OSError, ValueError) as error:
            raise JobFileError(f"There is no file {path!r} below {PREFIX} that can be taken.") from error

    def _descriptor(self, path: str) -> int:
        """Return the open file.

        Raises:
            OSError: There is none, a link is on the way, or it is no regular file.
            ValueError: The path does not lie below the folder.
        """
        *folders, name = _parts(path)
        inside = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                outer, inside = inside, os.open(folder, _FOLDER, dir_fd=inside)
                os.close(outer)
            file = os.open(name, _FILE, dir_fd=inside)
        finally:
            os.close(inside)
        found = os.fstat(file)
        # Of a file with two names nobody can say that it lies below the folder only.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.close(file)
            raise OSError(f"{name!r} is no regular file of its own.")
        return file


def _parts(path: str) -> tuple[str, ...]:
    parts = PurePosixPath(path).relative_to(PREFIX).parts
    if not parts or ".." in parts:
        raise ValueError(f"{path!r} names no file.")
    return parts


@contextmanager
def _folder(path: Path | str, *, inside: int | None = None) -> Iterator[int]:
    # The root may be a link, for the operator chose it; what lies below may be anybody's.
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY if inside is None else _FOLDER, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _copy(source: Path, folder: int, name: str) -> None:
    """Copy a file into the folder, whole or not at all, in place of one with its name."""
    with suppress(FileNotFoundError):
        os.unlink(DRAFT, dir_fd=folder)
    with source.open("rb") as file, os.fdopen(os.open(DRAFT, _NEW, 0o644, dir_fd=folder), "wb") as copy:
        shutil.copyfileobj(file, copy, _PIECE_BYTES)
    os.replace(DRAFT, name, src_dir_fd=folder, dst_dir_fd=folder)
