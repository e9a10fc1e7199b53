"""A part of a file has arrived: keep it for its task."""

from veil.adapters.folders.part_uploads import FolderPartUploads
from veil.adapters.folders.uploads import IncomingUpload
from veil.domain.errors import UploadRefusedError
from veil.domain.media import original_key
from veil.domain.upload_parts import ArrivedPart
from veil.ports.stores import TaskStore
from veil.use_cases.show_task import show_task
from veil.use_cases.upload_in_parts import require_waiting


def receive_part(
    incoming: IncomingUpload, key: str, number: int, *, tasks: TaskStore, parts: FolderPartUploads
) -> ArrivedPart:
    """Keep the part that a URL's key is for.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskDeletedError: It was deleted.
        UploadRefusedError: It takes no parts any more.
    """
    owner, task_id = key.split("/")[0], int(key.split("/")[1])
    require_waiting(show_task(owner, task_id, tasks=tasks))
    upload = parts.find(original_key(owner, task_id))
    if upload is None:
        raise UploadRefusedError(f"The parts of task {task_id} are gone.")
    return upload.keep(number, incoming)
