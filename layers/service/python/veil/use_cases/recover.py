"""Pick up what was interrupted, so that every accepted task ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import UPLOAD_URL_LIFE, original_key
from veil.domain.task import UNFINISHED, Lease, Task, TaskStatus
from veil.domain.upload_parts import PARTS_LIFE
from veil.ports.clock import Clock
from veil.ports.parts import PartUploads
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake

# An upload that began just before its URL expired may still be arriving.
LATE_UPLOAD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One look at every unfinished task.

    Attributes:
        is_dead: Says whether the worker of this name has ended.
        counts: Whether a dead worker's claim counts as an attempt that the task may be to blame for.
        patience: Queued tasks that did not move for this long are offered again, because a queue may lose an
            offer, and each that was for twice as long as before; None where the tasks themselves are the queue and
            none can be lost.
        counts_offers: Whether offers are counted, and the last one that nobody took ends the task: where workers
            may die before they claim anything.
    """

    tasks: TaskStore
    parts: PartUploads
    queue: Offers
    clock: Clock
    intake: UploadIntake
    is_dead: Callable[[str], bool]
    counts: bool
    patience: timedelta | None = None
    counts_offers: bool = False

    def run(self) -> int:
        """Do what is due for each unfinished task and return how many were touched.

        Uploads that landed without being accepted are accepted; tasks that were never given a file
        fail; tasks of dead workers or with a lease that ran out are offered again, and so are queued tasks
        whose offer may be lost.
        """
        looked_at = UNFINISHED if self.patience is not None else UNFINISHED - {TaskStatus.QUEUED}
        return self.look_at(self.tasks.unfinished(looked_at))

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
        if task.origin.job is not None:
            return False  # it waits for its job
        if self.intake.accept_landed(task.owner, task.task_id) is not None:
            return True
        age = self.clock.now() - task.created_at - LATE_UPLOAD
        if age < UPLOAD_URL_LIFE:
            return False
        key = original_key(task.owner, task.task_id)
        life = UPLOAD_URL_LIFE if self.parts.find(key) is None else PARTS_LIFE
        if age < life:
            return False
        reason = f"no file arrived within {life.total_seconds():.0f} seconds"
        self.tasks.save(task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, self.clock.now(), reason))
        self.parts.discard(key)
        return True

    def _offer_again(self, task: Task) -> bool:
        if task.lease is not None:
            if not self._release(task, task.lease):
                return False
        elif self.patience is None or self.clock.now() - task.updated_at < self.patience * ((2 << task.offers) - 1):
            return False
        elif self.counts_offers:
            return self._count_offer(task)
        self.queue.put(TaskRef(task.owner, task.task_id))
        return True

    def _release(self, task: Task, lease: Lease) -> bool:
        now, is_dead = self.clock.now(), self.is_dead(lease.worker)
        if is_dead or lease.until <= now:
            self.tasks.save(task.released(lease.worker, now, counts=self.counts or not is_dead))
            return True
        return False

    def _count_offer(self, task: Task) -> bool:
        if task.is_out_of_offers:
            self.tasks.save(task.failed(FailureCause.INTERNAL_ERROR, self.clock.now()))
        else:
            self.tasks.update(task.offered_again())
            self.queue.put(TaskRef(task.owner, task.task_id))
        return True
