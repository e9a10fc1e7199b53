from datetime import UTC, datetime

import pytest

from veil.domain.deliveries import Delivery
from veil.domain.events import ANNOUNCED, EventKind, TaskEvent
from veil.use_cases.announce import delivery_for

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(kind=EventKind.DONE, webhook="https://hook.example/?q=1"):
    return TaskEvent(event_id="evt_7_4", kind=kind, owner="ana", task_id=7, occurred_at=NOW, webhook=webhook)


@pytest.mark.parametrize("kind", [EventKind.DONE, EventKind.FAILED])
def test_the_end_of_a_task_becomes_a_delivery_that_is_due_at_once_and_has_the_events_id(kind):
    assert delivery_for(event(kind)) == Delivery(
        delivery_id="evt_7_4",
        owner="ana",
        task_id=7,
        url="https://hook.example/?q=1",
        first_due_at=NOW,
        due_at=NOW,
    )


@pytest.mark.parametrize(
    "silent", [event(kind) for kind in EventKind if kind not in ANNOUNCED] + [event(webhook=None)], ids=str
)
def test_any_other_event_and_a_task_without_webhook_ask_for_no_call(silent):
    assert delivery_for(silent) is None
