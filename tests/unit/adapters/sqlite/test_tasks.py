"""A task and its events are written together or not at all."""

import sqlite3

import pytest

from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.task import Transition


def test_a_state_whose_event_cannot_be_written_is_not_written_either(database, create, clock):
    tasks = SqliteTaskStore(database)
    created = create()
    tasks.add(created)

    failed = created.task.failed(FailureCause.INTERNAL_ERROR, clock.now())
    with pytest.raises(sqlite3.IntegrityError):
        tasks.save(Transition(failed.task, created.event))

    assert tasks.get("ana", 1) == created.task
    assert list(tasks.pending(10)) == [created.event]


def test_a_task_whose_event_cannot_be_written_is_not_added_either(database, create):
    tasks = SqliteTaskStore(database)
    first = create(1)
    tasks.add(first)

    with pytest.raises(sqlite3.IntegrityError):
        tasks.add(Transition(create(2).task, first.event))

    assert tasks.get("ana", 2) is None


def test_a_long_queue_is_read_in_portions_without_gap_or_repeat(database, create):
    tasks = SqliteTaskStore(database)
    tasks.add(create(0))
    copy = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
        INSERT INTO tasks SELECT i, owner, status, created_at, version, json_set(record, '$.task_id', i) FROM n, tasks
    """
    with database.writing() as connection:
        connection.execute(copy)

    assert [task.task_id for task in tasks.unfinished()] == list(range(1201))
