"""Keep a claimed task's lease while its worker is at it, and learn soon that it was lost."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from veil.domain.errors import StaleTaskError
from veil.domain.task import Task
from veil.use_cases.worker_context import WorkerContext

# How often a renewal that failed is tried again before the lease runs out.
RETRIES_PER_LEASE = 12

LOGGER = logging.getLogger(__name__)


class KeptLease:
    """The newest version of a claimed task, renewed from a thread of its own until `end`.

    It is the progress that the anonymizer reports to: what was reported last is saved with each renewal,
    and what has changed is reason for one. In between the store is only asked whether the task is still this run's.
    """

    def __init__(self, task: Task, context: WorkerContext) -> None:
        self.task = task
        self._context = context
        # What helpers did before the claim counts.
        self._fraction = task.progress / 100
        self._lost = Event()
        self._ended = Event()
        self._thread = Thread(target=self._keep, name=f"lease-{task.task_id}", daemon=True)
        self._thread.start()

    def report(self, fraction: float) -> None:
        """Have the fraction saved soon.

        Raises:
            StaleTaskError: The store told, within the last `watch_time`, that the lease is lost.
        """
        self._fraction = max(self._fraction, fraction)
        if self._lost.is_set():
            raise StaleTaskError(f"Task {self.task.task_id} is no longer this worker's.")

    def end(self) -> Task:
        """Stop renewing and return the task's newest version."""
        self._ended.set()
        self._thread.join()
        return self.task

    def _keep(self) -> None:
        context = self._context
        lease_seconds, progress_seconds = context.lease_time.total_seconds(), context.progress_time.total_seconds()
        pause = min(context.watch_time.total_seconds(), progress_seconds)
        due, told = monotonic() + lease_seconds / 3, monotonic()
        while not self._ended.wait(max(min(pause, due - monotonic()), 0)):
            is_news = self._percent != self.task.progress and monotonic() >= told + progress_seconds
            renews = is_news or monotonic() >= due
            try:
                if not (self._renew() if renews else self._adopt_newest()):
                    # Somebody else owns or ended the task: the anonymizer stops at its next report, and should it
                    # have none to make, publishing will find out and publish nothing.
                    self._lost.set()
                    return
                if renews:
                    due, told = monotonic() + lease_seconds / 3, monotonic()
            except Exception:  # thread boundary: a store that fails now may answer before the lease runs out
                LOGGER.warning("lease not renewed, trying again: task %s", self.task.task_id, exc_info=True)
                due = monotonic() + lease_seconds / RETRIES_PER_LEASE

    @property
    def _percent(self) -> int:
        return int(100 * self._fraction)

    def _renew(self) -> bool:
        try:
            now = self._context.clock.now()
            renewed = self.task.renewed(self._context.worker, now, self._context.lease_time, progress=self._percent)
            self._context.tasks.update(renewed)
        except StaleTaskError:
            return self._adopt_newest()
        self.task = renewed
        return True

    def _adopt_newest(self) -> bool:
        """Go on with the task as the store has it, if it is still this run's: an answer of the store may be lost."""
        newest = self._context.tasks.get(self.task.owner, self.task.task_id)
        if newest is None or newest.lease is None or newest.lease.worker != self._context.worker:
            return False
        if newest.runs != self.task.runs:
            return False
        self.task = newest
        return True


@contextmanager
def kept_lease(task: Task, context: WorkerContext) -> Iterator[KeptLease]:
    """Keep the lease of a claimed task for the time of the block."""
    lease = KeptLease(task, context)
    try:
        yield lease
    finally:
        lease.end()
