"""What the routes of the v1 APIs work with."""

from collections.abc import Callable
from dataclasses import dataclass

from veil.domain.file_id import task_id_of
from veil.domain.task import Task, TaskStatus
from veil.http.errors import deleted_file, unknown_file
from veil.http.file_upload import UploadRules
from veil.http.identity import OwnerOf
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import Offers
from veil.ports.stores import TaskStore

V1_BODY_LIMIT_BYTES = 4_450_000
"""The vendor's cloud takes no larger request (contracts/celantur.md B.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesBackend:
    """What the routes work with.

    Attributes:
        owner_of: Returns the verified account of a request, or None.
        api_url: Where clients reach the service, without a slash at its end.
        body_limit_bytes: Larger uploads are refused. Concerns only uploads that pass through the resolver.
        wait: Returns a task once it has ended, or as it is when it takes too long.
        scales_masks: Whether whoever answers a mask's URL scales it by the parameter `mask-scale`.
    """

    tasks: TaskStore
    media: MediaStore
    queue: Offers
    clock: Clock
    rules: UploadRules
    owner_of: OwnerOf
    api_url: str
    wait: Callable[[Task], Task]
    body_limit_bytes: int = V1_BODY_LIMIT_BYTES
    scales_masks: bool = False

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
