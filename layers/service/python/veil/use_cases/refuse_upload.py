"""A file has landed that is not wanted: end its task and forget the file."""

from veil.domain.media import task_prefix
from veil.domain.task import Task
from veil.domain.upload_check import Refusal
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition


def refuse_upload(
    owner: str, task_id: int, refusal: Refusal, *, tasks: TaskStore, media: MediaStore, clock: Clock
) -> Task:
    """Fail the task, then delete the file.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It was deleted.
        UploadRefusedError: It has its file already, or will never take one.
    """
    task = transition(
        tasks, owner, task_id, lambda task: task.upload_refused(refusal.cause, clock.now(), refusal.reason)
    )
    media.delete(task_prefix(owner, task_id))
    return task
