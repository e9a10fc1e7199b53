"""Pick up what was interrupted, so that every accepted task ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import UPLOAD_URL_LIFE, UploadLimits, original_key
from veil.domain.task import Task, TaskStatus
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import LIMITS, accept_upload

# An upload that began just before its URL expired may still be arriving.
LATE_UPLOAD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Recovery:
    """One look at every unfinished task.

    Attributes:
        is_dead: Says whether the worker of this name has ended.
        counts: Whether a dead worker's claim counts as an attempt that the task may be to blame for.
        patience: Offers of tasks that moved within this time are trusted not to be lost: for queues that
            do not notice that a task is in them already.
        limits: Larger uploads are refused.
    """

    tasks: TaskStore
    media: MediaStore
    queue: Offers
    clock: Clock
    is_dead: Callable[[str], bool]
    counts: bool
    patience: timedelta = timedelta()
    limits: UploadLimits = LIMITS

    def run(self) -> int:
        """Do what is due for each unfinished task and return how many were touched.

        Uploads that landed without being accepted are accepted; tasks that were never given a file
        fail; tasks of dead workers or with a lease that ran out, and queued tasks, are offered again.
        """
        return self.look_at(self.tasks.unfinished())

    def look_at(self, tasks: Iterable[Task]) -> int:
        """Do what is due for these tasks and return how many were touched."""
        return sum(self._recover(task) for task in tasks)

    def _recover(self, task: Task) -> bool:
        try:
            if task.status is TaskStatus.NEW:
                return self._accept_or_expire(task)
            return self._offer_again(task)
        except (StaleTaskError, UploadRefusedError, TaskDeletedError, TaskNotFoundError):
            # Somebody moved the task in this very moment, so it is being looked after.
            return False

    def _accept_or_expire(self, task: Task) -> bool:
        upload = self.media.landed_upload(original_key(task.owner, task.task_id))
        if upload is not None:
            accept_upload(
                task.owner,
                task.task_id,
                upload,
                tasks=self.tasks,
                media=self.media,
                queue=self.queue,
                clock=self.clock,
                limits=self.limits,
            )
            return True
        if task.created_at + UPLOAD_URL_LIFE + LATE_UPLOAD > self.clock.now():
            return False
        self.tasks.save(task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, self.clock.now()))
        return True

    def _offer_again(self, task: Task) -> bool:
        now = self.clock.now()
        if task.lease is not None and self.is_dead(task.lease.worker):
            self.tasks.save(task.released(task.lease.worker, now, counts=self.counts))
        elif not task.is_claimable(now) or now - task.updated_at < self.patience:
            return False
        self.queue.put(TaskRef(task.owner, task.task_id))
        return True
