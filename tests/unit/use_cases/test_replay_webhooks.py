from datetime import timedelta

import pytest

from veil.domain.deliveries import DeliveryState
from veil.domain.errors import DeadLetterNotFoundError
from veil.domain.task import WebhookStatus
from veil.use_cases.replay_webhooks import replay_all_webhooks


def test_a_replayed_dead_letter_is_due_now_with_a_new_day_and_the_same_id(service, answering):
    delivery, receiver = service.end_task(), answering(410, 200)
    service.deliver(delivery, receiver)
    service.clock.advance(timedelta(days=3))

    revived = service.replay(delivery.delivery_id)

    assert service.deliveries.due(service.clock.now(), 10) == [revived]
    assert service.webhook_status() is WebhookStatus.SET
    assert service.run_until_settled(delivery.delivery_id, receiver).state is DeliveryState.DELIVERED
    assert service.webhook_status() is WebhookStatus.SENT
    assert receiver.ids == {delivery.delivery_id}


def test_a_replayed_dead_letter_gets_a_whole_day_of_attempts_again(service, answering):
    delivery, receiver = service.end_task(), answering(500)
    service.run_until_settled(delivery.delivery_id, receiver)

    service.replay(delivery.delivery_id)
    service.run_until_settled(delivery.delivery_id, receiver)

    assert len(receiver.calls) == 32


def test_only_a_dead_letter_can_be_replayed(service):
    pending = service.end_task()

    for delivery_id in (pending.delivery_id, "evt_0_0"):
        with pytest.raises(DeadLetterNotFoundError, match=delivery_id):
            service.replay(delivery_id)


@pytest.mark.parametrize(("owner", "replayed"), [(None, [1, 2, 3]), ("ana", [1, 3]), ("eve", [])])
def test_all_dead_letters_can_be_replayed_or_those_of_one_owner(service, answering, owner, replayed):
    for task_id, name in ((1, "ana"), (2, "bob"), (3, "ana")):
        service.deliver(service.end_task(task_id, owner=name), answering(410))
    pending = service.end_task(4)

    revived = replay_all_webhooks(owner=owner, deliveries=service.deliveries, tasks=service.tasks, clock=service.clock)

    assert [each.task_id for each in revived] == replayed
    assert len(service.deliveries.dead()) == 3 - len(replayed)
    assert service.deliveries.get(pending.delivery_id) == pending
