"""A file has landed: judge it by its type and size, and queue its task."""

from veil.domain.causes import FailureCause
from veil.domain.media import Upload, UploadLimits, agree_on_type
from veil.domain.task import Task
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
    media_type = agree_on_type(upload.declared_type, upload.head)
    if media_type is None or not limits.admit(upload):
        cause = FailureCause.CONTENT_TYPE_ERROR if media_type is None else FailureCause.IMAGE_TOO_LARGE
        return refuse_upload(owner, task_id, cause, tasks=tasks, media=media, clock=clock)
    task = transition(tasks, owner, task_id, lambda task: task.uploaded(upload, media_type, clock.now()))
    queue.put(TaskRef(owner, task_id))
    return task
