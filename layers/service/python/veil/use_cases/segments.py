"""A video's segments between workers: what is kept of them until the task ends, and work on them for another."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Protocol

from veil.domain.errors import AnonymizationError, StaleTaskError
from veil.domain.media import segment_prefix
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.ports.anonymizer import Anonymizer
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import TaskRef
from veil.ports.stores import TaskStore

# How often a helper asks whether its help is still wanted.
ASKING_SECONDS = 1.0
# How often helpers note on a task that nobody has claimed that its work is under way.
NOTE_TIME = timedelta(minutes=10)


class Claims(Protocol):
    """Shares segments out among the workers of one video."""

    def __call__(self, ref: TaskRef, number: int) -> AbstractContextManager[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""


def every_segment(ref: TaskRef, number: int) -> AbstractContextManager[bool]:  # noqa: ARG001  # a `Claims`
    """Claim whatever is asked for: for a worker whose videos are nobody else's."""
    return nullcontext(enter_result=True)


@dataclass(frozen=True, slots=True)
class Share:
    """Claims every so-many-th segment, without asking those who have the rest, while nobody has claimed the task yet.

    Now and then it notes on the task that work is under way: what only waits is offered again after an hour.

    Attributes:
        index: Of the share, from 0.
        of: How many shares there are.
    """

    index: int
    of: int
    tasks: TaskStore
    clock: Clock

    def __call__(self, ref: TaskRef, number: int) -> AbstractContextManager[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""
        self._note(ref)
        return nullcontext(number % self.of == self.index)

    def _note(self, ref: TaskRef) -> None:
        task, now = self.tasks.get(ref.owner, ref.task_id), self.clock.now()
        if task is None or task.status is not TaskStatus.QUEUED or now - task.updated_at < NOTE_TIME:
            return
        # Whoever changed it meanwhile has noted as much.
        with suppress(StaleTaskError):
            self.tasks.update(task.under_way(now))


class TaskCheckpoints:
    """The checkpoints of one task, beside its other files."""

    def __init__(self, task: Task, media: MediaStore, folder: Path, claims: Claims) -> None:
        """Keep copies in the folder, which exists and is the caller's alone."""
        self._ref = TaskRef(task.owner, task.task_id)
        self._media = media
        self._folder = folder
        self._claims = claims

    def load(self, number: int) -> bytes | None:
        """Return what was saved of a segment, or None."""
        try:
            return self._media.fetch(self._key(number), self._folder).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, number: int, looks: bytes) -> None:
        """Keep what was seen in a segment."""
        file = self._folder / f"draft-{number}"
        file.write_bytes(looks)
        self._media.put(self._key(number), file, media_type="application/gzip")
        file.unlink()

    def claimed(self, number: int) -> AbstractContextManager[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""
        return self._claims(self._ref, number)

    def _key(self, number: int) -> str:
        return f"{segment_prefix(self._ref.owner, self._ref.task_id)}{number}.json.gz"


def forget_if_ended(ref: TaskRef, tasks: TaskStore, media: MediaStore) -> None:
    """Delete what was kept of a video's segments unless somebody will still work on it."""
    task = tasks.get(ref.owner, ref.task_id)
    if task is None or task.status not in UNFINISHED:
        media.delete(segment_prefix(ref.owner, ref.task_id))


class Helper:
    """Looks at segments of videos for the workers that have or will have their tasks."""

    def __init__(
        self, *, tasks: TaskStore, media: MediaStore, anonymizer: Anonymizer, folder: Path, claims: Claims
    ) -> None:
        self._tasks = tasks
        self._media = media
        self._anonymizer = anonymizer
        self._folder = folder
        self._claims = claims

    def help(self, ref: TaskRef, *, may_go_on: Callable[[], bool] = lambda: True) -> bool:
        """Look at the segments that are this helper's, and say whether it came to an end.

        Whatever is wrong with the video is for its worker to find out and to tell.
        """
        task = self._tasks.get(ref.owner, ref.task_id)
        if task is None or not self._is_wanted(task):
            return True
        try:
            self._look(task, lambda: may_go_on() and self._is_wanted(self._tasks.get(ref.owner, ref.task_id)))
        except (AnonymizationError, FileNotFoundError):
            return True
        except StaleTaskError:
            return False
        finally:
            forget_if_ended(ref, self._tasks, self._media)
        return True

    def _look(self, task: Task, is_wanted: Callable[[], bool]) -> None:
        with TemporaryDirectory(dir=self._folder) as name:
            original, kept = Path(name, "original"), Path(name, "segments")
            original.mkdir()
            kept.mkdir()
            source = self._media.fetch(task.upload_key, original, version=task.original_version)
            checkpoints = TaskCheckpoints(task, self._media, kept, self._claims)
            self._anonymizer.look(source, task.policy, _AsLongAs(is_wanted), checkpoints)

    @staticmethod
    def _is_wanted(task: Task | None) -> bool:
        return task is not None and task.status in UNFINISHED and task.has_segments


class _AsLongAs:
    """The progress of a helper: nobody follows it, and it ends when it is not wanted any more."""

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._is_wanted = is_wanted
        self._asked = monotonic()

    def report(self, fraction: float) -> None:  # noqa: ARG002  # the port asks for it
        """Return while the help is wanted; the store is asked once a second at most.

        Raises:
            StaleTaskError: It is not wanted any more.
        """
        if monotonic() - self._asked < ASKING_SECONDS:
            return
        self._asked = monotonic()
        if not self._is_wanted():
            raise StaleTaskError("Nobody wants this help any more.")
