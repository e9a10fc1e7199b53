from datetime import UTC, datetime

import pytest

from tests.memory_adapters import MemoryDeliveryStore
from veil.domain.deliveries import Delivery
from veil.domain.events import ANNOUNCED, EventKind, TaskEvent
from veil.use_cases.announce import announce

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(kind=EventKind.DONE, webhook="https://hook.example/?q=1"):
    return TaskEvent(event_id="evt_7_4", kind=kind, owner="ana", task_id=7, occurred_at=NOW, webhook=webhook)


class Outbox:
    """Remembers what was passed on; can break before it does."""

    def __init__(self, *, breaks=False):
        self.breaks = breaks
        self.passed = []

    def pending(self, limit):
        return []

    def passed_on(self, event):
        if self.breaks:
            raise OSError("the disk is full")
        self.passed.append(event)


class FullDeliveryStore(MemoryDeliveryStore):
    def add(self, delivery):
        raise OSError("the disk is full")


@pytest.mark.parametrize("kind", [EventKind.DONE, EventKind.FAILED])
def test_the_end_of_a_task_becomes_a_delivery_that_is_due_at_once(kind):
    deliveries, outbox = MemoryDeliveryStore(), Outbox()

    announce(event(kind), deliveries=deliveries, outbox=outbox)

    assert deliveries.due(NOW, 10) == [
        Delivery(
            delivery_id="evt_7_4",
            owner="ana",
            task_id=7,
            url="https://hook.example/?q=1",
            first_due_at=NOW,
            due_at=NOW,
        )
    ]
    assert outbox.passed == [event(kind)]


@pytest.mark.parametrize(
    "silent", [event(kind) for kind in EventKind if kind not in ANNOUNCED] + [event(webhook=None)], ids=str
)
def test_any_other_event_and_a_task_without_webhook_are_passed_on_without_a_call(silent):
    deliveries, outbox = MemoryDeliveryStore(), Outbox()

    announce(silent, deliveries=deliveries, outbox=outbox)

    assert deliveries.due(NOW, 10) == []
    assert outbox.passed == [silent]


def test_an_event_told_twice_is_one_delivery():
    deliveries, broken, outbox = MemoryDeliveryStore(), Outbox(breaks=True), Outbox()
    with pytest.raises(OSError, match="full"):
        announce(event(), deliveries=deliveries, outbox=broken)

    announce(event(), deliveries=deliveries, outbox=outbox)

    assert len(deliveries.due(NOW, 10)) == 1
    assert outbox.passed == [event()]


def test_an_event_whose_delivery_was_not_saved_is_not_passed_on():
    outbox = Outbox()

    with pytest.raises(OSError, match="full"):
        announce(event(), deliveries=FullDeliveryStore(), outbox=outbox)

    assert outbox.passed == []
