"""The task that a path names, or the contract's refusal of it."""

import re
from collections.abc import Callable
from typing import TypeVar

from veil.contracts.celantur_v2.list_query import LARGEST_ID
from veil.domain.errors import TaskDeletedError, TaskNotFoundError
from veil.http.errors import TASK_DELETED, HttpError, unknown_task, wrong_task_id
from veil.http.request import Request

T = TypeVar("T")
_INTEGER = re.compile(r"[+-]?[0-9]+")


def found(request: Request, task_id: str, find: Callable[[str, int], T]) -> T:
    """Return what is found for the caller under the id in the path.

    Raises:
        HttpError: It is no id, the caller has no such task, or the task is deleted.
    """
    owner = request.owner
    if not _INTEGER.fullmatch(task_id):
        raise wrong_task_id(task_id)
    # Beyond 19 digits no store has an integer for it, nor any task.
    if len(task_id) > len(str(LARGEST_ID)) or int(task_id) > LARGEST_ID:
        raise unknown_task(task_id)
    try:
        return find(owner, int(task_id))
    except TaskNotFoundError as error:
        raise unknown_task(task_id) from error
    except TaskDeletedError as error:
        raise HttpError(404, TASK_DELETED) from error
