"""Messages that arrive when a delivery is due."""

from datetime import timedelta

import pytest

from veil.adapters.aws.wake_ups import SqsWakeUps
from veil.domain.deliveries import DeliveryState

SECOND = timedelta(seconds=1)


@pytest.fixture
def wake_ups(clients, queue_url):
    return SqsWakeUps(clients, queue_url)


@pytest.fixture
def woken(clients, queue_url):
    """Lists the ids of the deliveries whose wake-up has come."""

    def receive():
        return [each["Body"] for each in clients.sqs.receive_message(QueueUrl=queue_url).get("Messages", ())]

    return receive


@pytest.fixture
def woken_around(wake_ups, woken, delivery, clock):
    """Sets a wake-up and says who is woken half a second before and after a time."""

    def look(due_in, *, look_after):
        wake_ups.set(delivery(due_at=clock.now() + due_in * SECOND), clock.now())
        clock.advance((look_after - 0.5) * SECOND)
        early = woken()
        clock.advance(SECOND)
        return early, woken()

    return look


@pytest.mark.parametrize("due_in", [-5, 0])
def test_somebody_wakes_at_once_for_what_is_due(wake_ups, woken, delivery, clock, due_in):
    wake_ups.set(delivery(due_at=clock.now() + due_in * SECOND), clock.now())

    assert woken() == ["evt_1_4"]


@pytest.mark.parametrize(("due_in", "after"), [(0.3, 1), (60, 60), (900, 900), (7200, 900)])
def test_somebody_wakes_when_it_is_due_or_after_the_longest_delay(woken_around, due_in, after):
    early, late = woken_around(due_in, look_after=after)

    assert (early, late) == ([], ["evt_1_4"])


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.DEAD])
def test_nobody_wakes_for_what_is_over(wake_ups, woken, delivery, clock, state):
    wake_ups.set(delivery(state=state), clock.now())

    assert woken() == []
