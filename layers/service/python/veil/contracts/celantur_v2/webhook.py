"""What a webhook's receiver is told in the words of v2 (contracts/celantur.md A.11)."""

from veil.contracts.celantur_v2.states import TASK_STATES
from veil.domain.task import Task
from veil.http.webhook_outcome import Fields, outcome


def webhook_fields(task: Task, anonymized_url: str | None) -> Fields:
    """Return the fields of the body; without a file to download it has no URL."""
    identity: Fields = {"customer_id": task.owner, "task_id": task.task_id}
    link: Fields = {"anonymized_url": anonymized_url} if anonymized_url else {}
    return identity | outcome(task, "task_status", TASK_STATES) | link
