"""What the routes of the older APIs work with."""

from collections.abc import Callable
from dataclasses import dataclass

from veil.domain.errors import TaskDeletedError, TooManyTasksError
from veil.domain.media import Artifact, Upload
from veil.domain.policy import ObjectClass
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.http.errors import UPLOAD_FAILED, HttpError, deleted_file, too_many_tasks, unknown_file
from veil.http.file_id import file_id_of, task_id_of
from veil.http.response import Response
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.submit_file import FileRequest, UnsupportedFileError, submit_file

DeliverFile = Callable[[str, float | None], Response]
"""Returns the answer that is, or leads to, the file under a media key: of a mask, in percent of its size if given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesBackend:
    """What the routes work with.

    Attributes:
        available: The classes that an installed model finds.
    """

    tasks: TaskStore
    media: MediaStore
    clock: Clock
    intake: UploadIntake
    available: frozenset[ObjectClass]

    def task_of(self, owner: str, file_id: str) -> Task:
        """Return the owner's task with the id, be it deleted.

        Raises:
            HttpError: There is none.
        """
        task_id = task_id_of(file_id)
        task = None if task_id is None else self.tasks.get(owner, task_id)
        if task is None or task.status is TaskStatus.FORGOTTEN:
            raise unknown_file(file_id)
        return task

    def file_of(self, owner: str, file_id: str) -> Task:
        """Return the owner's task with the id, unless its files are deleted.

        Raises:
            HttpError: There is none, or they are.
        """
        task = self.task_of(owner, file_id)
        if task.status is TaskStatus.DELETED:
            raise deleted_file(file_id)
        return task

    def submit(self, request: FileRequest, upload: Upload, keep: Callable[[str], None]) -> Task:
        """Queue a task for a file that has arrived and return it.

        Args:
            request: What is wanted of the file.
            upload: The file as it arrived.
            keep: Keeps the file under a media key.

        Raises:
            HttpError: It is no file that can be anonymized; or the owner has too many unfinished tasks, or deleted this
                one meanwhile.
        """
        try:
            return submit_file(request, upload, keep, intake=self.intake, available=self.available)
        except UnsupportedFileError as error:
            raise HttpError(415, f"{UPLOAD_FAILED} {error}") from error
        except TaskDeletedError as error:
            raise HttpError(404, f"{UPLOAD_FAILED} {error}") from error
        except TooManyTasksError as error:
            raise too_many_tasks(UPLOAD_FAILED, str(error)) from error


def no_result(task: Task, artifact: Artifact) -> HttpError:
    """Return why a task has no such file: not yet, never, or not asked for."""
    file_id = file_id_of(task.task_id)
    what = "anonymized file" if artifact is Artifact.ANONYMIZED else artifact.replace("_", " ")
    if task.status in UNFINISHED:
        return HttpError(409, f"There is no {what} yet. File {file_id} is {task.status}, not done.")
    if task.status is TaskStatus.FAILED and artifact is not Artifact.ORIGINAL:
        return HttpError(409, f"There is no {what}. File {file_id} failed: {task.failure}.")
    return HttpError(404, f"File {file_id} has no {what}.")
