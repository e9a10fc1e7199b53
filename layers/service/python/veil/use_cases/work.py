"""Work through tasks one after the other: the loop of every worker, wherever its tasks come from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from veil.domain.task import Task
from veil.ports.queue import TaskRef
from veil.use_cases.run_task import give_back, run_task
from veil.use_cases.worker_context import WorkerContext


class WorkStoppedError(BaseException):
    """This machine is taken away: raised by a signal's handler. No Exception, so that no task is blamed for it."""


class WorkLog(Protocol):
    """Where a worker tells how its tasks went."""

    def info(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """Tell what is usual."""

    def warning(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """Tell what an operator may want to know."""

    def exception(self, message: object, /, *, extra: Mapping[str, object]) -> None:
        """Tell of the exception being handled."""


@dataclass(frozen=True, slots=True)
class WorkOutcome:
    """How the work on one task went.

    Attributes:
        task: How the task ended; None if it was not this worker's to end.
        error: What nobody expected: the task was given back and is tried again. None where all went well.
    """

    task: Task | None
    error: Exception | None = None


def work_through(refs: Iterable[TaskRef], context: WorkerContext, log: WorkLog) -> Iterator[WorkOutcome]:
    """Work on each task that waits for a worker, and yield how it went.

    Raises:
        WorkStoppedError: A signal's handler raised it; the task under way was given back and it does not count.
    """
    for ref in refs:
        about = {"task_id": ref.task_id, "worker": context.worker}
        try:
            yield _worked_on(ref, context, log, about)
        except WorkStoppedError:
            give_back(ref, context, counts=False)
            log.warning("stopped", extra=about)
            raise


def _worked_on(ref: TaskRef, context: WorkerContext, log: WorkLog, about: Mapping[str, object]) -> WorkOutcome:
    try:
        task = run_task(ref, context)
    except Exception as error:  # worker boundary: whatever went wrong, the task must be tried again or end
        log.exception("task failed unexpectedly", extra=about)
        _give_back(ref, context, log, about)
        return WorkOutcome(None, error)
    if task is not None:
        how = {"failure_cause": task.failure_cause, "failure_reason": task.failure_reason}
        log.info("a task ended", extra={**about, "status": task.status, **how})
    return WorkOutcome(task)


def _give_back(ref: TaskRef, context: WorkerContext, log: WorkLog, about: Mapping[str, object]) -> None:
    try:
        give_back(ref, context, counts=True)
    except Exception:  # worker boundary: a store that is out of order now must not end the worker as well
        log.exception("the task waits for its lease to run out", extra=about)
