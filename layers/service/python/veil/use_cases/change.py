"""Change a task that others may change at the same time."""

from collections.abc import Callable

from veil.domain.errors import StaleTaskError, TaskNotFoundError
from veil.domain.task import Task, TaskStatus, Transition
from veil.ports.stores import TaskStore

TRIES = 10


def find(tasks: TaskStore, owner: str, task_id: int) -> Task:
    """Return the owner's task.

    Raises:
        TaskNotFoundError: There is none; another owner's task looks the same.
    """
    task = tasks.get(owner, task_id)
    if task is None or task.status is TaskStatus.FORGOTTEN:
        raise TaskNotFoundError(f"There is no task {task_id}.")
    return task


def transition(
    tasks: TaskStore, owner: str, task_id: int, move: Callable[[Task], Transition], *, tries: int = TRIES
) -> Task:
    """Apply a transition to the newest version of the task, again if somebody else was faster.

    Raises:
        TaskNotFoundError: There is no such task.
        StaleTaskError: The transition is not allowed any more, or others kept being faster.
    """
    moved = move(find(tasks, owner, task_id))
    try:
        tasks.save(moved)
    except StaleTaskError:
        if tries == 1:
            raise
        return transition(tasks, owner, task_id, move, tries=tries - 1)
    return moved.task
