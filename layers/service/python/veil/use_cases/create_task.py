"""Accept a request for anonymization and say where to put the file."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from veil.domain.errors import TaskIdTakenError
from veil.domain.media import UPLOAD_URL_LIFE, original_key
from veil.domain.origin import V2, Origin
from veil.domain.policy import ObjectClass, Policy
from veil.domain.task import Task, Transition
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore


class CreatedTask(NamedTuple):
    """A new task and the URL that takes its file."""

    task: Task
    upload_url: str


def create_task(
    owner: str,
    policy: Policy,
    webhook: str | None,
    *,
    tasks: TaskStore,
    media: MediaStore,
    clock: Clock,
    available: frozenset[ObjectClass],
    origin: Origin = V2,
) -> CreatedTask:
    """Record a new task and return it with its upload URL.

    Raises:
        ClassUnavailableError: No installed model finds a class that the policy asks for.
        TooManyTasksError: The owner has as many unfinished tasks as one may have.
    """
    policy.require_classes(available)
    now = clock.now()
    make = partial(Task.create, owner=owner, policy=policy, webhook=webhook, now=now, origin=origin)
    task = add_with_free_id(make, now, tasks)
    return CreatedTask(task, media.upload_url(original_key(owner, task.task_id), life=UPLOAD_URL_LIFE))


def add_with_free_id(make: Callable[..., Transition], now: datetime, tasks: TaskStore) -> Task:
    """Save a new task under the first id from now on that nobody has, and return it.

    Raises:
        TooManyTasksError: The owner has as many unfinished tasks as one may have.
    """
    for task_id in _ids(now):
        created = make(task_id=task_id)
        try:
            tasks.add(created)
        except TaskIdTakenError:
            continue
        return created.task
    raise AssertionError("the ids never end")


def _ids(now: datetime) -> Iterator[int]:
    """Yield the microseconds since the epoch, then the ones after: two tasks of one instant differ."""
    task_id = int(now.timestamp()) * 1_000_000 + now.microsecond
    while True:
        yield task_id
        task_id += 1
