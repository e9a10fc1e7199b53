"""Note on a task how far telling its webhook got."""

from veil.domain.errors import StaleTaskError
from veil.domain.task import WebhookStatus
from veil.ports.stores import TaskStore
from veil.use_cases.change import TRIES


def record_webhook_status(owner: str, task_id: int, status: WebhookStatus, *, tasks: TaskStore) -> None:
    """Note the status on the newest version of the task, again if somebody else was faster.

    A task that is gone needs no note.

    Raises:
        StaleTaskError: Others kept being faster.
    """
    for tries_left in reversed(range(TRIES)):
        task = tasks.get(owner, task_id)
        if task is None or task.webhook_status is status:
            return
        try:
            tasks.update(task.with_webhook_status(status))
        except StaleTaskError:
            if not tries_left:
                raise
