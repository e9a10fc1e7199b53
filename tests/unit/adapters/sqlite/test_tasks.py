"""A task and its events are written together or not at all."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.errors import TooManyTasksError
from veil.domain.origin import Origin
from veil.domain.task import Transition


def test_a_state_whose_event_cannot_be_written_is_not_written_either(database, create, clock):
    tasks = SqliteTaskStore(database)
    first, second = create(1), create(2)
    tasks.add(first)
    tasks.add(second)
    deleted = first.task.deleted(clock.now())
    tasks.save(deleted)

    with pytest.raises(sqlite3.IntegrityError):
        tasks.save(Transition(second.task.deleted(clock.now()).task, deleted.event))

    assert tasks.get("ana", 2) == second.task
    assert list(tasks.pending(10)) == [deleted.event]


def test_only_events_that_the_node_acts_on_are_written(database, create, upload, clock):
    tasks = SqliteTaskStore(database)
    silent, told = create(1), create(2, webhook="https://example.org/hook")
    ends = []
    for created in (silent, told):
        tasks.add(created)
        queued = upload(created.task)
        tasks.save(queued)
        claimed = queued.task.claimed("w", clock.now(), timedelta(minutes=1))
        tasks.save(claimed)
        ends.append(claimed.task.finished("w", (), clock.now()))
        tasks.save(ends[-1])
    deleted = ends[0].task.deleted(clock.now())
    tasks.save(deleted)

    assert list(tasks.pending(10)) == [ends[1].event, deleted.event]


def test_a_delivery_is_saved_with_the_event_that_it_is_for_or_not_at_all(database, create, delivery, clock):
    tasks, deliveries = SqliteTaskStore(database), SqliteDeliveryStore(database)
    created = create(1)
    tasks.add(created)
    deleted = created.task.deleted(clock.now())
    tasks.save(deleted)

    with pytest.raises(TypeError):
        tasks.passed_on([replace(deleted.event, event_id=object())], [delivery()])
    assert deliveries.get("evt_1_1") is None
    assert list(tasks.pending(10)) == [deleted.event]

    tasks.passed_on([deleted.event], [delivery()])

    assert deliveries.get("evt_1_1") == delivery()
    assert list(tasks.pending(10)) == []


def test_a_long_queue_is_read_in_portions_without_gap_or_repeat(database, create):
    tasks = SqliteTaskStore(database)
    tasks.add(create(0))
    copy = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO tasks (task_id, owner, status, created_at, version, record)
        SELECT i, owner, status, created_at, version, json_set(record, '$.task_id', i) FROM n, tasks
    """
    with database.writing() as connection:
        connection.execute(copy)

    assert [task.task_id for task in tasks.unfinished()] == list(range(1201))


@pytest.fixture
def limited(database):
    """A store that lets each owner have two unfinished tasks."""
    return SqliteTaskStore(database, max_open=2)


def test_an_owner_with_as_many_unfinished_tasks_as_one_may_have_gets_no_other(limited, create, upload):
    limited.add(create(1))
    limited.save(upload(limited.get("ana", 1)))
    limited.add(create(2))

    with pytest.raises(TooManyTasksError, match="2 unfinished"):
        limited.add(create(3))

    assert limited.get("ana", 3) is None
    limited.add(create(4, owner="ben"))


def test_the_files_of_one_job_are_never_too_many(limited, create):
    for task_id in range(4):
        limited.add(create(task_id, origin=Origin(job="j", member=task_id)))

    with pytest.raises(TooManyTasksError, match="4 unfinished"):
        limited.add(create(9))


def test_a_task_that_ended_or_was_deleted_makes_room(limited, create, clock):
    for task_id in (1, 2):
        limited.add(create(task_id))
    limited.save(limited.get("ana", 1).failed(FailureCause.INTERNAL_ERROR, clock.now()))
    limited.add(create(3))
    limited.save(limited.get("ana", 2).deleted(clock.now()))

    limited.add(create(4))

    assert limited.get("ana", 4) is not None
