"""A task's file arrives in parts: say where they go and which have arrived, join them, and start the work."""

from collections.abc import Sequence
from dataclasses import dataclass

from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import Upload, original_key, task_prefix
from veil.domain.task import Task, TaskStatus
from veil.domain.upload_parts import ArrivedPart, NamedPart, require_whole
from veil.ports.media import MediaStore
from veil.ports.parts import PartUploads, UnfinishedUpload
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.show_task import show_task


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsInParts:
    """What uploads in parts work with. Each method may be repeated, and a crash inside one is mended by the next."""

    tasks: TaskStore
    media: MediaStore
    parts: PartUploads
    intake: UploadIntake

    def begin(self, owner: str, task_id: int) -> UnfinishedUpload:
        """Let the task's file arrive in parts, those that have arrived before included.

        Raises:
            TaskNotFoundError: There is no such task.
            TaskDeletedError: It was deleted.
            UploadRefusedError: It waits for no upload of its owner's.
        """
        require_waiting(show_task(owner, task_id, tasks=self.tasks))
        return self.parts.begin(original_key(owner, task_id))

    def arrived(self, owner: str, task_id: int) -> Sequence[ArrivedPart]:
        """Return the parts that have arrived and were not joined yet.

        Raises:
            TaskNotFoundError: There is no such task.
            TaskDeletedError: It was deleted.
        """
        show_task(owner, task_id, tasks=self.tasks)
        upload = self.parts.find(original_key(owner, task_id))
        return upload.arrived() if upload else ()

    def complete(self, owner: str, task_id: int, named: Sequence[NamedPart], size_bytes: int) -> Task:
        """Join the parts and start the work, as the one PUT of a whole file does; return the task.

        Raises:
            TaskNotFoundError: There is no such task.
            TaskDeletedError: It was deleted.
            PartsRefusedError: The parts that are named do not make a file of this size.
            UploadRefusedError: No part has arrived, or the task takes no upload any more.
        """
        task = show_task(owner, task_id, tasks=self.tasks)
        if task.media_type is not None:
            return task  # the client missed the answer
        require_waiting(task)
        upload = self._joined(original_key(owner, task_id), named, size_bytes)
        return self._accepted(owner, task_id, upload)

    def _joined(self, key: str, named: Sequence[NamedPart], size_bytes: int) -> Upload:
        unfinished = self.parts.find(key)
        arrived = unfinished.arrived() if unfinished else ()
        if unfinished and arrived:
            return unfinished.join(require_whole(arrived, named, size_bytes))
        landed = self.media.landed_upload(key)
        if landed is None:
            raise UploadRefusedError("No part of an upload has arrived for this task.")
        return landed  # an earlier try joined the parts

    def _accepted(self, owner: str, task_id: int, upload: Upload) -> Task:
        try:
            return self.intake.accept(owner, task_id, upload)
        except (TaskNotFoundError, TaskDeletedError, UploadRefusedError):
            # Whoever hears of files that landed was faster, or the task ended while the parts were joined.
            newest = self.tasks.get(owner, task_id)
            if newest is None or newest.media_type is None:
                self.media.delete(task_prefix(owner, task_id))
            return show_task(owner, task_id, tasks=self.tasks)


def require_waiting(task: Task) -> None:
    """Refuse parts for a task that waits for none.

    Raises:
        UploadRefusedError: It has its file, has ended, or is a job's.
    """
    if task.status is not TaskStatus.NEW or task.origin.job is not None:
        raise UploadRefusedError(f"Task {task.task_id} is {task.status}; it takes no upload.")
