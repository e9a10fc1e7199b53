"""How a finished task becomes another one, which draws it again."""

from datetime import datetime

from veil.domain.errors import StaleTaskError
from veil.domain.events import EventKind
from veil.domain.media import Artifact
from veil.domain.origin import Origin
from veil.domain.policy import Policy
from veil.domain.rendering import Changes, Rendering
from veil.domain.task import Task, TaskStatus, Transition, WebhookStatus


def drawn_again(
    earlier: Task, *, task_id: int, policy: Policy, changes: Changes, webhook: str | None, now: datetime
) -> Transition:
    """Return a new task that waits for a worker, to draw the earlier one's upload again from what was found in it.

    Raises:
        StaleTaskError: The earlier one is not done, or left no findings.
    """
    task = Task(
        owner=earlier.owner,
        task_id=task_id,
        policy=policy,
        created_at=now,
        updated_at=now,
        status=TaskStatus.QUEUED,
        webhook=webhook,
        webhook_status=WebhookStatus.SET if webhook else WebhookStatus.EMPTY,
        media_type=earlier.media_type,
        original_sha256=earlier.original_sha256,
        original_version=earlier.original_version,
        size_bytes=earlier.size_bytes,
        pixels=earlier.pixels,
        room=earlier.room,
        origin=Origin(name=earlier.origin.name),
        rendering=Rendering(earlier.upload_of, earlier.task_id, findings_key_of(earlier), changes),
    )
    return Transition(task, task.event(EventKind.QUEUED))


def findings_key_of(task: Task) -> str:
    """Return the media key of what a task found.

    Raises:
        StaleTaskError: It is not done, or left no findings.
    """
    key = task.key_of(Artifact.FINDINGS)
    if key is None:
        raise StaleTaskError(f"Task {task.task_id} is {task.status} and has no findings; it cannot be drawn again.")
    return key
