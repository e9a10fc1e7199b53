"""Draw a task's upload again from what was found in it: another policy, objects out or in."""

from functools import partial

from veil.domain.drawing_again import drawn_again, findings_key_of
from veil.domain.errors import StaleTaskError
from veil.domain.policy import ObjectClass, Policy
from veil.domain.rendering import Changes
from veil.domain.task import Task
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.queue import Offers, TaskRef
from veil.ports.stores import TaskStore
from veil.use_cases.create_task import add_with_free_id


def render_task(
    earlier: Task,
    policy: Policy,
    changes: Changes,
    webhook: str | None,
    *,
    tasks: TaskStore,
    media: MediaStore,
    queue: Offers,
    clock: Clock,
    available: frozenset[ObjectClass],
) -> Task:
    """Queue a new task and return it. It works on the earlier one's files, of which there is no copy.

    Raises:
        ClassUnavailableError: No installed model finds a class that the policy asks for.
        StaleTaskError: The earlier task is not done or left no findings, or these or its upload are gone.
        TooManyTasksError: The owner has as many unfinished tasks as one may have.
    """
    policy.require_classes(available)
    now = clock.now()
    make = partial(drawn_again, earlier, policy=policy, changes=changes, webhook=webhook, now=now)
    for what, key in (("findings", findings_key_of(earlier)), ("upload", earlier.upload_key)):
        if media.stat(key) is None:
            raise StaleTaskError(f"Task {earlier.task_id} cannot be drawn again: its {what} is gone.")
    task = add_with_free_id(make, now, tasks)
    queue.put(TaskRef(task.owner, task.task_id))
    return task
