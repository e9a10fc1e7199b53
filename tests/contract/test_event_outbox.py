"""What every outbox that is asked promises. In the cloud the table's stream is the outbox and asks nobody."""


def test_events_are_pending_in_the_order_of_their_transitions(outbox, create, upload):
    first, second = create(2), create(1)
    outbox.add(first)
    outbox.add(second)
    third = upload(first.task)
    outbox.save(third)

    assert list(outbox.pending(10)) == [first.event, second.event, third.event]


def test_only_as_many_as_asked_for_are_given(outbox, create):
    created = [create(task_id) for task_id in range(1, 5)]
    for each in created:
        outbox.add(each)

    assert list(outbox.pending(2)) == [created[0].event, created[1].event]


def test_an_event_stays_pending_until_it_was_passed_on(outbox, create):
    created = create()
    outbox.add(created)

    assert list(outbox.pending(10)) == [created.event]
    assert list(outbox.pending(10)) == [created.event]


def test_an_event_that_was_passed_on_is_never_seen_again(outbox, create):
    first, second = create(1), create(2)
    outbox.add(first)
    outbox.add(second)

    outbox.passed_on(first.event)

    assert list(outbox.pending(10)) == [second.event]


def test_passing_on_twice_changes_nothing(outbox, create):
    first, second = create(1), create(2)
    outbox.add(first)
    outbox.add(second)

    outbox.passed_on(first.event)
    outbox.passed_on(first.event)

    assert list(outbox.pending(10)) == [second.event]


def test_order_survives_that_the_newest_was_passed_on(outbox, create):
    first, second, third = create(1), create(2), create(3)
    outbox.add(first)
    outbox.add(second)
    outbox.passed_on(second.event)

    outbox.add(third)

    assert list(outbox.pending(10)) == [first.event, third.event]
