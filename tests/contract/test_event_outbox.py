"""What every outbox that is asked promises. In the cloud the table's stream is the outbox and asks nobody."""

import pytest

from veil.domain.causes import FailureCause

HOOK = "https://example.org/hook"


@pytest.fixture
def end(outbox, create):
    """Adds a task with a webhook, lets it fail and returns the event of that."""

    def make(task_id):
        created = create(task_id, webhook=HOOK)
        outbox.add(created)
        failed = created.task.failed(FailureCause.INTERNAL_ERROR, created.task.created_at)
        outbox.save(failed)
        return failed.event

    return make


def acted_on(outbox, limit=100):
    return [event for event in outbox.pending(limit) if event.is_acted_on]


def test_events_are_pending_in_the_order_of_their_transitions(outbox, end):
    second, first = end(2), end(1)

    assert acted_on(outbox) == [second, first]


def test_a_deletion_is_pending_too(outbox, create, clock):
    created = create()
    outbox.add(created)
    deleted = created.task.deleted(clock.now())
    outbox.save(deleted)

    assert acted_on(outbox) == [deleted.event]


def test_only_as_many_as_asked_for_are_given(outbox, end):
    for task_id in range(1, 5):
        end(task_id)

    assert len(outbox.pending(2)) == 2


def test_an_event_stays_pending_until_it_was_passed_on(outbox, end):
    event = end(1)

    assert acted_on(outbox) == [event]
    assert acted_on(outbox) == [event]


def test_events_that_were_passed_on_are_never_seen_again(outbox, end):
    events = [end(task_id) for task_id in (1, 2, 3)]

    outbox.passed_on(events[:2], [])

    assert acted_on(outbox) == events[2:]


def test_passing_on_twice_changes_nothing(outbox, end):
    first, second = end(1), end(2)

    outbox.passed_on([first], [])
    outbox.passed_on([first], [])

    assert acted_on(outbox) == [second]


def test_order_survives_that_the_newest_was_passed_on(outbox, end):
    first, second = end(1), end(2)
    outbox.passed_on([second], [])

    third = end(3)

    assert acted_on(outbox) == [first, third]
