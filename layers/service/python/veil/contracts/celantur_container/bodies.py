"""Tasks as the container tells of them."""

from typing import Any

from veil.contracts.celantur_container.links import PATHS
from veil.contracts.celantur_container.states import TASK_STATES, WEBHOOK_STATES
from veil.domain.task import Task
from veil.http.failures import failure_of
from veil.http.file_id import file_id_of
from veil.http.file_links import file_links


def container_task(task: Task, api_url: str) -> dict[str, Any]:
    """Return a task as the container tells of it: its links are null until there is something to get."""
    links = file_links(task, PATHS, api_url)
    return {
        "id": file_id_of(task.task_id),
        "name": task.origin.name,
        "status": TASK_STATES[task.status],
        **failure_of(task),
        "created_at": task.created_at.isoformat().replace("+00:00", "Z"),
        "webhook_status": WEBHOOK_STATES[task.webhook_status],
        **{f"{file}_url": link for file, link in links.items()},
    }
