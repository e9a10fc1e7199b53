"""Tell a task's webhook how the task ended."""

from veil.domain.deliveries import Delivery
from veil.domain.events import ANNOUNCED, TaskEvent
from veil.ports.stores import DeliveryStore, EventOutbox


def announce(event: TaskEvent, *, deliveries: DeliveryStore, outbox: EventOutbox) -> None:
    """Record the webhook call that the event asks for, if any, then mark the event passed on.

    In this order, so that a crash in between repeats the event instead of losing the call; the
    delivery has the event's id, so the repetition adds nothing.
    """
    if event.kind in ANNOUNCED and event.webhook is not None:
        deliveries.add(_delivery(event, event.webhook))
    outbox.passed_on(event)


def _delivery(event: TaskEvent, url: str) -> Delivery:
    return Delivery(
        delivery_id=event.event_id,
        owner=event.owner,
        task_id=event.task_id,
        url=url,
        first_due_at=event.occurred_at,
        due_at=event.occurred_at,
    )
