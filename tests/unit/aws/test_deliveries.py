"""Deliveries in DynamoDB: replay, retention and what a look costs."""

from datetime import timedelta

from veil.adapters.aws.table import SHARDS
from veil.domain.deliveries import DeliveryState
from veil.use_cases.replay_webhooks import replay_webhook


def test_a_dead_letter_can_be_replayed(deliveries, delivery, tasks, create, clock):
    tasks.add(create(1))
    deliveries.add(delivery(state=DeliveryState.DEAD, attempts=9))
    clock.advance(timedelta(days=2))

    replay_webhook("evt_1_4", deliveries=deliveries, tasks=tasks, clock=clock)

    assert [each.attempts for each in deliveries.due(clock.now(), 10)] == [0]
    assert deliveries.dead() == []


def test_what_is_over_is_forgotten_after_its_time(deliveries, delivery, clock):
    deliveries.add(delivery(delivery_id="dead", state=DeliveryState.DEAD))
    deliveries.add(delivery(delivery_id="done", state=DeliveryState.DELIVERED))
    deliveries.add(delivery(delivery_id="open"))

    clock.advance(timedelta(days=30))

    assert [deliveries.get(each) for each in ("dead", "done")] == [None, None]
    assert deliveries.dead() == []
    assert deliveries.get("open") is not None


def test_looking_for_what_is_due_costs_no_more_than_its_shards(deliveries, delivery, clock, calls):
    for number in range(30):
        deliveries.add(delivery(delivery_id=f"evt_{number}", due_at=clock.now() + timedelta(minutes=number)))
    calls.clear()

    assert len(deliveries.due(clock.now() + timedelta(minutes=9), 100)) == 10
    assert calls == ["Query"] * SHARDS + ["BatchGetItem"]
