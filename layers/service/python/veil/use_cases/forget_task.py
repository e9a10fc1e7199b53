"""Free what a task takes: its photo, its results, its record."""

from dataclasses import dataclass

from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.media import original_key
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskQuery, TaskStore
from veil.use_cases.change import find, transition
from veil.use_cases.delete_task import delete_task
from veil.use_cases.show_task import list_tasks

_PORTION = 200


class TaskUnfinishedError(UploadRefusedError):
    """The task's photo is still needed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a task is to go. A photo without results could not be reached, so it goes with them."""

    record: bool = True
    photo: bool = True
    results: bool = True


def forget_task(owner: str, task_id: int, parts: Parts, *, tasks: TaskStore, media: MediaStore, clock: Clock) -> Task:
    """Free the parts and return what the task has become.

    Raises:
        TaskNotFoundError: There is no such task.
        TaskUnfinishedError: Only the photo is to go, and a worker still needs it.
    """
    task = find(tasks, owner, task_id)
    if parts.record or parts.results:
        task = _deleted(task, tasks=tasks, media=media, clock=clock)
    elif parts.photo:
        _discard_photo(task, media)
    if parts.record:
        task = transition(tasks, owner, task_id, lambda task: task.forgotten(clock.now()))
    return task


def forget_tasks(owner: str, parts: Parts, *, tasks: TaskStore, media: MediaStore, clock: Clock) -> int:
    """Free the parts of all of the owner's tasks and return how many there were.

    Tasks whose photo alone is to go and is still needed keep it.
    """
    done, before = 0, None
    while True:
        page = list_tasks(owner, TaskQuery(limit=_PORTION, before=before), tasks=tasks)
        for task in page.tasks:
            done += _forgotten(task, parts, tasks=tasks, media=media, clock=clock)
        if page.next_before is None:
            return done
        before = page.next_before


def _forgotten(task: Task, parts: Parts, *, tasks: TaskStore, media: MediaStore, clock: Clock) -> bool:
    try:
        forget_task(task.owner, task.task_id, parts, tasks=tasks, media=media, clock=clock)
    except (TaskUnfinishedError, TaskNotFoundError):
        return False
    return True


def _deleted(task: Task, *, tasks: TaskStore, media: MediaStore, clock: Clock) -> Task:
    try:
        return delete_task(task.owner, task.task_id, tasks=tasks, media=media, clock=clock)
    except TaskDeletedError:
        return find(tasks, task.owner, task.task_id)


def _discard_photo(task: Task, media: MediaStore) -> None:
    if task.status in UNFINISHED:
        raise TaskUnfinishedError(f"Task {task.task_id} is {task.status}; its photo is still needed.")
    if task.status is not TaskStatus.DELETED:
        media.discard(original_key(task.owner, task.task_id))
