"""A file has landed: judge it by its type and size, and queue its task."""

from dataclasses import dataclass

from veil.domain.media import Upload, UploadLimits, original_key
from veil.domain.task import Task
from veil.domain.upload_check import Refusal, check_upload
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.change import transition
from veil.use_cases.refuse_upload import refuse_upload

LIMITS = UploadLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadIntake:
    """What uploads are accepted with, however they arrive.

    Attributes:
        limits: Larger uploads are refused.
    """

    tasks: TaskStore
    media: MediaStore
    queue: Offers
    clock: Clock
    limits: UploadLimits = LIMITS

    def accept(self, owner: str, task_id: int, upload: Upload) -> Task:
        """Queue the task, or fail it and delete the file when it is nothing that can be anonymized.

        Raises:
            TaskNotFoundError: There is no such task.
            TaskDeletedError: It was deleted.
            UploadRefusedError: It has its file already, or will never take one.
        """
        checked = check_upload(upload, self.limits)
        if isinstance(checked, Refusal):
            return refuse_upload(owner, task_id, checked, tasks=self.tasks, media=self.media, clock=self.clock)
        task = transition(self.tasks, owner, task_id, lambda task: task.uploaded(upload, checked, self.clock.now()))
        self.queue.put(TaskRef(owner, task_id))
        return task

    def accept_landed(self, owner: str, task_id: int) -> Task | None:
        """Accept the file that lies where the task's upload goes; return None where none does.

        Raises:
            TaskNotFoundError: There is no such task.
            TaskDeletedError: It was deleted.
            UploadRefusedError: It has its file already, or will never take one.
        """
        upload = self.media.landed_upload(original_key(owner, task_id))
        return None if upload is None else self.accept(owner, task_id, upload)
