"""Save a webhook call together with what its task shows of it."""

from veil.domain.deliveries import Delivery
from veil.domain.errors import StaleTaskError
from veil.domain.task import WebhookStatus
from veil.ports.stores import DeliveryStore, TaskStore
from veil.use_cases.change import TRIES


def record_webhook_status(
    delivery: Delivery, status: WebhookStatus, *, tasks: TaskStore, deliveries: DeliveryStore
) -> None:
    """Save the delivery and note the status on the newest version of its task, both or neither.

    Tries again if somebody else changed the task first. A task that is gone needs no note, and no job has one.

    Raises:
        StaleTaskError: Others kept being faster.
    """
    for tries_left in reversed(range(TRIES)):
        task = None if delivery.task_id is None else tasks.get(delivery.owner, delivery.task_id)
        if task is None or task.webhook_status is status:
            deliveries.save(delivery)
            return
        try:
            tasks.update(task.with_webhook_status(status), delivery)
        except StaleTaskError:
            if not tries_left:
                raise
        else:
            return
