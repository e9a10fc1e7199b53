"""Which worker of a machine looks at which segment of a video: locks that end with whoever holds them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veil.ports.queue import TaskRef


class FolderClaims:
    """Claims on segments as locked files of a folder."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    @contextmanager
    def __call__(self, ref: TaskRef, number: int) -> Iterator[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""
        file = self._folder / f"{ref.task_id}-{number}"
        with file.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            try:
                yield True
            finally:
                # Whoever opened it just now gets a lock that nobody else sees: work done twice, and no harm.
                file.unlink(missing_ok=True)
