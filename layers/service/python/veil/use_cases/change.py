"""Change a task that others may change at the same time."""

from collections.abc import Callable

from veil.domain.errors import StaleTaskError, TaskNotFoundError
from veil.domain.task import Task, Transition
from veil.ports import TaskStore

TRIES = 10


def find(tasks: TaskStore, owner: str, task_id: int) -> Task:
    """Return the owner's task.

    Raises:
        TaskNotFoundError: There is none; another owner's task looks the same.
    """
    task = tasks.get(owner, task_id)
    if task is None:
        raise TaskNotFoundError(f"There is no task {task_id}.")
    return task


def transition(tasks: TaskStore, owner: str, task_id: int, move: Callable[[Task], Transition]) -> Task:
    """Apply a transition to the newest version of the task, again if somebody else was faster.

    Raises:
        TaskNotFoundError: There is no such task.
        StaleTaskError: The transition is not allowed any more, or others kept being faster.
    """
    for last_try in (*[False] * (TRIES - 1), True):
        moved = move(find(tasks, owner, task_id))
        try:
            tasks.save(moved)
        except StaleTaskError:
            if last_try:
                raise
        else:
            return moved.task
    raise AssertionError("the last try returns or raises")
