"""A complete file has arrived: keep it, once, and queue its task."""

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import task_prefix
from veil.domain.task import TaskStatus
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.show_task import show_task


def receive_upload(
    incoming: IncomingUpload,
    key: str,
    declared_type: str,
    *,
    tasks: TaskStore,
    media: FolderMediaStore,
    intake: UploadIntake,
) -> None:
    """Commit the upload to its key and accept it for its task.

    Sending the same bytes again, as a client does that missed the answer, changes nothing and succeeds.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It was deleted.
        UploadRefusedError: Other bytes were uploaded before, or the task has ended.
    """
    owner, task_id = key.split("/")[0], int(key.split("/")[1])
    task = show_task(owner, task_id, tasks=tasks)
    if task.original_sha256 == incoming.sha256:
        return
    if task.status is not TaskStatus.NEW:
        raise UploadRefusedError(f"Task {task_id} is {task.status}; it takes no upload.")
    upload = media.keep_upload(incoming, key, declared_type=declared_type)
    try:
        intake.accept(owner, task_id, upload)
    except (TaskNotFoundError, TaskDeletedError, UploadRefusedError):
        newest = tasks.get(owner, task_id)
        if newest is not None and newest.original_sha256 == upload.sha256:
            # The recovery came by in between and has accepted it already.
            return
        # The task ended while the bytes arrived, so nobody else will ever delete them.
        media.delete(task_prefix(owner, task_id))
        raise
