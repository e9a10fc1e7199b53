"""Forget a task's files and detections."""

from veil.domain.errors import StoreFullError
from veil.domain.media import task_prefix
from veil.domain.task import Task
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition


def delete_task(owner: str, task_id: int, *, tasks: TaskStore, media: MediaStore, clock: Clock) -> Task:
    """Mark the task deleted, then delete its files.

    In this order no reader is ever sent to a file that is gone. Whoever passes on the event deletes the
    files again, so a crash in between leaves nothing behind. Where there is no room to mark anything, the files make
    room: deleting is how an owner gets out of that.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It is deleted already.
    """

    def mark() -> Task:
        return transition(tasks, owner, task_id, lambda task: task.deleted(clock.now()))

    try:
        task = mark()
    except StoreFullError:
        media.delete(task_prefix(owner, task_id))
        task = mark()
    media.delete(task_prefix(owner, task_id))
    return task
