"""What a worker does while no task waits for it: look at segments of the videos that other workers have."""

from collections.abc import Callable

from veil.domain.task import Task, TaskStatus
from veil.ports.queue import TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.segments import Helper
from veil.use_cases.work import WorkLog


class IdleHelp:
    """Helps with each run of a video once, as long as there is nothing better to do."""

    def __init__(self, tasks: TaskStore, helper: Helper, log: WorkLog, *, is_idle: Callable[[], bool]) -> None:
        self._tasks = tasks
        self._logger = log
        self._helper = helper
        self._is_idle = is_idle
        self._done: frozenset[tuple[int, int]] = frozenset()

    def give(self) -> None:
        """Help where help is due."""
        videos = [task for task in self._tasks.unfinished(frozenset({TaskStatus.PROCESSING})) if task.has_segments]
        self._done &= {_run_of(task) for task in videos}
        for task in videos:
            if _run_of(task) not in self._done and self._is_idle():
                self._help(task)

    def _help(self, task: Task) -> None:
        about = {"task_id": task.task_id}
        try:
            if not self._helper.help(TaskRef(task.owner, task.task_id), may_go_on=self._is_idle):
                return
            self._logger.info("helped with a video", extra=about)
        except Exception:  # worker boundary: whatever went wrong, the task's own worker goes on without help
            self._logger.exception("could not help with a video", extra=about)
        self._done |= {_run_of(task)}


def _run_of(task: Task) -> tuple[int, int]:
    return task.task_id, task.runs
