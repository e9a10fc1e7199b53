"""What every outbox promises. The task store of each shape is its own outbox."""


def test_events_are_pending_in_the_order_of_their_transitions(tasks, create, upload):
    first, second = create(2), create(1)
    tasks.add(first)
    tasks.add(second)
    third = upload(first.task)
    tasks.save(third)

    assert list(tasks.pending(10)) == [first.event, second.event, third.event]


def test_only_as_many_as_asked_for_are_given(tasks, create):
    created = [create(task_id) for task_id in range(1, 5)]
    for each in created:
        tasks.add(each)

    assert list(tasks.pending(2)) == [created[0].event, created[1].event]


def test_an_event_stays_pending_until_it_was_passed_on(tasks, create):
    created = create()
    tasks.add(created)

    assert list(tasks.pending(10)) == [created.event]
    assert list(tasks.pending(10)) == [created.event]


def test_an_event_that_was_passed_on_is_never_seen_again(tasks, create):
    first, second = create(1), create(2)
    tasks.add(first)
    tasks.add(second)

    tasks.passed_on(first.event)

    assert list(tasks.pending(10)) == [second.event]


def test_passing_on_twice_changes_nothing(tasks, create):
    first, second = create(1), create(2)
    tasks.add(first)
    tasks.add(second)

    tasks.passed_on(first.event)
    tasks.passed_on(first.event)

    assert list(tasks.pending(10)) == [second.event]


def test_order_survives_that_the_newest_was_passed_on(tasks, create):
    first, second, third = create(1), create(2), create(3)
    tasks.add(first)
    tasks.add(second)
    tasks.passed_on(second.event)

    tasks.add(third)

    assert list(tasks.pending(10)) == [first.event, third.event]
