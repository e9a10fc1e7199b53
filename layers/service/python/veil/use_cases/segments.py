"""A video's segments between workers: what is kept of them until the task ends, and work on them for another."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
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
# How often helpers note on a task that nobody has claimed how far they are, at most...
PROGRESS_TIME = timedelta(seconds=5)
# ...and that its work is under way, at least: what only waits is offered again after an hour.
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
    """Claims every so-many-th segment, without asking those who have the rest.

    Attributes:
        index: Of the share, from 0.
        of: How many shares there are.
    """

    index: int
    of: int

    def __call__(self, ref: TaskRef, number: int) -> AbstractContextManager[bool]:  # noqa: ARG002  # a `Claims`
        """Say, for the time of the block, whether a segment is the caller's to look at."""
        return nullcontext(number % self.of == self.index)


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

    def kept(self) -> int:
        """Return how many segments were saved, by whomever."""
        return self._media.count(segment_prefix(self._ref.owner, self._ref.task_id))

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
        self,
        *,
        tasks: TaskStore,
        media: MediaStore,
        anonymizer: Anonymizer,
        folder: Path,
        claims: Claims,
        clock: Clock | None = None,
    ) -> None:
        """Help with what the claims allow.

        Args:
            tasks: Where it is told whether help is wanted.
            media: Where uploads and checkpoints are.
            anonymizer: Looks.
            folder: Where it may keep files while it works.
            claims: Which segments it looks at.
            clock: For helpers of tasks that nobody has claimed yet: they note on them how far all helpers are. None
                where the worker that has the task does.
        """
        self._tasks = tasks
        self._media = media
        self._anonymizer = anonymizer
        self._folder = folder
        self._claims = claims
        self._clock = clock

    def help(self, ref: TaskRef, *, may_go_on: Callable[[], bool] = lambda: True) -> bool:
        """Look at the segments that are this helper's, and say whether it came to an end.

        Whatever is wrong with the video is for its worker to find out and to tell.
        """
        task = self._tasks.get(ref.owner, ref.task_id)
        if task is None or not self._is_wanted(task):
            return True
        try:
            self._look(task, lambda fraction: may_go_on() and self._goes_on(ref, fraction))
        except (AnonymizationError, FileNotFoundError):
            return True
        except StaleTaskError:
            return False
        finally:
            forget_if_ended(ref, self._tasks, self._media)
        return True

    def _goes_on(self, ref: TaskRef, fraction: float) -> bool:
        task = self._tasks.get(ref.owner, ref.task_id)
        if task is None or not self._is_wanted(task):
            return False
        if self._clock is not None and task.status is TaskStatus.QUEUED:
            self._note(task, int(100 * fraction), self._clock.now())
        return True

    def _note(self, task: Task, percent: int, now: datetime) -> None:
        waited = now - task.updated_at
        if waited < PROGRESS_TIME or (percent <= task.progress and waited < NOTE_TIME):
            return
        # Whoever changed it meanwhile has noted as much.
        with suppress(StaleTaskError):
            self._tasks.update(task.under_way(now, progress=max(percent, task.progress)))

    def _look(self, task: Task, is_wanted: Callable[[float], bool]) -> None:
        with TemporaryDirectory(dir=self._folder) as name:
            original, kept = Path(name, "original"), Path(name, "segments")
            original.mkdir()
            kept.mkdir()
            source = self._media.fetch(task.upload_key, original, version=task.original_version)
            checkpoints = TaskCheckpoints(task, self._media, kept, self._claims)
            self._anonymizer.look(source, task.policy, _HelpProgress(is_wanted), checkpoints)

    @staticmethod
    def _is_wanted(task: Task | None) -> bool:
        return task is not None and task.status in UNFINISHED and task.has_segments


class _HelpProgress:
    """The progress of a helper, which ends when it is not wanted any more."""

    def __init__(self, is_wanted: Callable[[float], bool]) -> None:
        self._is_wanted = is_wanted
        self._asked = monotonic()
        self._fraction = 0.0

    def report(self, fraction: float) -> None:
        """Return while the help is wanted; that is asked once a second at most, and told how much is done.

        Raises:
            StaleTaskError: It is not wanted any more.
        """
        self._fraction = max(self._fraction, fraction)
        if monotonic() - self._asked < ASKING_SECONDS:
            return
        self._asked = monotonic()
        if not self._is_wanted(self._fraction):
            raise StaleTaskError("Nobody wants this help any more.")
