"""Tasks as answers show them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from veil.contracts.celantur_v2.states import TASK_STATES, WEBHOOK_STATES
from veil.domain.media import Artifact
from veil.domain.task import Task, TaskStatus
from veil.http.failures import failure_of
from veil.http.policy_parameters import parameters_of


def status_body(task: Task, urls: Mapping[Artifact, str]) -> dict[str, Any]:
    """Return the small body: how the task stands, in per cent where work has begun, and what it has to download."""
    body: dict[str, Any] = {
        "task_id": task.task_id,
        "task_status": TASK_STATES[task.status],
        "webhook_status": WEBHOOK_STATES[task.webhook_status],
    }
    if task.status is TaskStatus.PROCESSING or (task.status is TaskStatus.QUEUED and task.progress):
        body["progress"] = task.progress
    return body | failure_of(task) | {f"{artifact.value}_url": url for artifact, url in urls.items()}


def task_body(task: Task, urls: Mapping[Artifact, str]) -> dict[str, Any]:
    """Return the full body: the small one, whose the task is, its times and its parameters."""
    return {
        **status_body(task, urls),
        "customer_id": task.owner,
        "created_at": _utc(task.created_at),
        "updated_at": _utc(task.updated_at),
        "webhook": task.webhook,
        "rendered_from": task.rendering and task.rendering.found_by,
        **parameters_of(task.policy),
    }


def _utc(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
