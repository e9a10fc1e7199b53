"""Accept a request for anonymization together with its file."""

from collections.abc import Callable
from dataclasses import dataclass

from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import Upload, original_key, task_prefix
from veil.domain.origin import Origin
from veil.domain.policy import ObjectClass, Policy
from veil.domain.task import Task
from veil.domain.upload_check import Refusal, agree_on_type
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.change import find
from veil.use_cases.create_task import create_task


class UnsupportedFileError(UploadRefusedError):
    """The file is nothing that can be anonymized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """What is wanted of a file, by whom."""

    owner: str
    policy: Policy
    webhook: str | None
    origin: Origin


def submit_file(
    request: FileRequest,
    upload: Upload,
    keep: Callable[[str], None],
    *,
    intake: UploadIntake,
    available: frozenset[ObjectClass],
) -> Task:
    """Record a task for the file, keep the file, queue the task and return it.

    A crash in between leaves a new task, with which the recovery does what is right: it is queued if its
    file was kept, else it fails.

    Args:
        request: What is wanted.
        upload: The file as it arrived.
        keep: Keeps the file under a media key.
        intake: Accepts the file, and says where it and the task are kept.
        available: The classes that an installed model finds.

    Raises:
        UnsupportedFileError: The file is nothing that can be anonymized; there is no task.
        ClassUnavailableError: No installed model finds a class that is asked for; there is no task.
        TooManyTasksError: The owner has as many unfinished tasks as one may have; there is no task.
        TaskDeletedError: Its owner deleted it meanwhile.
    """
    agreed = agree_on_type(upload.declared_type, upload.head)
    if isinstance(agreed, Refusal):
        raise UnsupportedFileError(agreed.sentence)
    owner, tasks, media = request.owner, intake.tasks, intake.media
    created = create_task(
        owner,
        request.policy,
        request.webhook,
        tasks=tasks,
        media=media,
        clock=intake.clock,
        available=available,
        origin=request.origin,
    )
    task_id = created.task.task_id
    keep(original_key(owner, task_id))
    try:
        return intake.accept(owner, task_id, upload)
    except UploadRefusedError:
        # Whoever looks for files that landed was faster, and took or refused this one: nobody else has a URL for the
        # key. Or its owner cancelled the task, and nobody else would delete the file.
        task = find(tasks, owner, task_id)
        if task.media_type is None:
            media.delete(task_prefix(owner, task_id))
        return task
    except (TaskNotFoundError, TaskDeletedError) as error:
        # Its owner deleted everything before the file was kept, so nobody else would delete that.
        media.delete(task_prefix(owner, task_id))
        raise TaskDeletedError("The file was deleted while it arrived.") from error
