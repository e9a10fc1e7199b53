"""Call webhooks again that were given up."""

from dataclasses import replace
from datetime import datetime

from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.errors import DeadLetterNotFoundError
from veil.domain.task import WebhookStatus
from veil.ports.clock import Clock
from veil.ports.stores import DeliveryStore, TaskStore
from veil.use_cases.record_webhook_status import record_webhook_status


def replay_webhook(delivery_id: str, *, deliveries: DeliveryStore, tasks: TaskStore, clock: Clock) -> Delivery:
    """Make a dead letter due now, with a whole new day of attempts, and return it.

    Raises:
        DeadLetterNotFoundError: No dead letter has this id.
    """
    delivery = deliveries.get(delivery_id)
    if delivery is None or delivery.state is not DeliveryState.DEAD:
        raise DeadLetterNotFoundError(f"There is no dead letter {delivery_id}.")
    return _revive(delivery, clock.now(), deliveries, tasks)


def replay_all_webhooks(
    *, owner: str | None = None, deliveries: DeliveryStore, tasks: TaskStore, clock: Clock
) -> tuple[Delivery, ...]:
    """Make every dead letter due now, or every one of an owner, and return them, oldest first."""
    wanted = [each for each in deliveries.dead() if owner is None or each.owner == owner]
    return tuple(_revive(each, clock.now(), deliveries, tasks) for each in wanted)


def _revive(dead: Delivery, now: datetime, deliveries: DeliveryStore, tasks: TaskStore) -> Delivery:
    revived = replace(dead, state=DeliveryState.PENDING, attempts=0, first_due_at=now, due_at=now)
    record_webhook_status(revived, WebhookStatus.SET, tasks=tasks, deliveries=deliveries)
    return revived
