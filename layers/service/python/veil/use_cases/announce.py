"""Tell a task's webhook how the task ended, and a job's callback how far the job is."""

from veil.domain.deliveries import Delivery
from veil.domain.events import CALLED_BACK, JobEvent, TaskEvent


def delivery_for(event: TaskEvent) -> Delivery | None:
    """Return the webhook call that the event asks for, due at once, or None.

    It has the event's id, so that an event that is told twice is still one delivery.
    """
    if event.webhook is None or not event.asks_for_call:
        return None
    return Delivery(
        delivery_id=event.event_id,
        owner=event.owner,
        task_id=event.task_id,
        url=event.webhook,
        first_due_at=event.occurred_at,
        due_at=event.occurred_at,
    )


def callback_for(event: JobEvent) -> Delivery | None:
    """Return the call that a job's event asks for, as `delivery_for` does a task's."""
    if event.callback is None or event.kind not in CALLED_BACK:
        return None
    return Delivery(
        delivery_id=event.event_id,
        owner=event.owner,
        job_id=event.job_id,
        url=event.callback,
        first_due_at=event.occurred_at,
        due_at=event.occurred_at,
    )
