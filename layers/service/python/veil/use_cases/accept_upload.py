"""A file has landed: judge it by its type and size, and queue its task."""

from veil.domain.media import Upload, UploadLimits
from veil.domain.task import Task
from veil.domain.upload_check import Refusal, check_upload
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition
from veil.use_cases.refuse_upload import refuse_upload

LIMITS = UploadLimits()


def accept_upload(
    owner: str,
    task_id: int,
    upload: Upload,
    *,
    tasks: TaskStore,
    media: MediaStore,
    queue: Offers,
    clock: Clock,
    limits: UploadLimits = LIMITS,
) -> Task:
    """Queue the task, or fail it and delete the file when it is nothing that can be anonymized.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It was deleted.
        UploadRefusedError: It has its file already, or will never take one.
    """
    checked = check_upload(upload, limits)
    if isinstance(checked, Refusal):
        return refuse_upload(owner, task_id, checked, tasks=tasks, media=media, clock=clock)
    task = transition(tasks, owner, task_id, lambda task: task.uploaded(upload, checked, clock.now()))
    queue.put(TaskRef(owner, task_id))
    return task
