"""What a webhook's call and its task promise together."""

from dataclasses import replace

import pytest

from veil.domain.deliveries import DeliveryState
from veil.domain.errors import StaleTaskError
from veil.domain.task import WebhookStatus


@pytest.fixture
def told(both, create, delivery):
    """A task whose webhook was called: its two stores, its next version and the delivery's."""
    tasks, deliveries = both
    created = create(1, webhook="https://example.org/hook")
    tasks.add(created)
    deliveries.add(delivery("evt_1_1"))
    sent = replace(delivery("evt_1_1"), attempts=1, state=DeliveryState.DELIVERED)
    return tasks, deliveries, created.task.with_webhook_status(WebhookStatus.SENT), sent


def test_a_call_is_saved_together_with_what_its_task_shows_of_it(told):
    tasks, deliveries, task, sent = told

    tasks.update(task, sent)

    assert tasks.get("ana", 1).webhook_status is WebhookStatus.SENT
    assert deliveries.get("evt_1_1") == sent


def test_where_somebody_else_changed_the_task_neither_is_saved(told, delivery, clock):
    tasks, deliveries, task, sent = told
    tasks.save(tasks.get("ana", 1).deleted(clock.now()))

    with pytest.raises(StaleTaskError):
        tasks.update(task, sent)

    assert tasks.get("ana", 1).webhook_status is WebhookStatus.SET
    assert deliveries.get("evt_1_1") == delivery("evt_1_1")
