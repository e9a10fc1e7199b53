"""A node that is upgraded keeps its tasks."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from veil.adapters.records import EVENTS, TASKS
from veil.adapters.sqlite.database import FILE_NAME, Database, microseconds
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.sqlite.retention import SqliteEndedTasks
from veil.adapters.sqlite.schema import MIGRATIONS
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.task import TaskStatus
from veil.ports.queue import TaskRef
from veil.ports.stores import TaskQuery


@pytest.fixture
def first_schema(folder):
    """A file as the first schema's version left it; closed once the test has put something in."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        yield connection


@pytest.fixture
def keep(first_schema):
    """Writes a transition as that version did: the task, the event, and an offer where it waits."""

    def write(moved):
        task, event = moved
        row = (task.task_id, task.owner, task.status, microseconds(task.created_at), task.version, TASKS.dump(task))
        first_schema.execute("INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?)", row)
        told = (event.event_id, event.task_id, EVENTS.dump(event))
        first_schema.execute("INSERT INTO events (event_id, task_id, record) VALUES (?, ?, ?)", told)
        if task.status is TaskStatus.QUEUED:
            first_schema.execute("INSERT INTO offers VALUES (?, ?, ?, NULL)", (task.task_id, task.owner, 2**60))
        first_schema.commit()
        return task

    return write


@pytest.fixture
def a_life_before(keep, create, upload, clock):
    """Tasks of two owners in every state that an upgrade may find."""
    keep(create(1))
    for task_id, owner in ((3, "ana"), (2, "ben"), (4, "ana")):
        keep(upload(create(task_id, owner=owner).task))
    claimed = keep(upload(create(5).task)).claimed("dead", clock.now(), timedelta(minutes=1))
    keep(claimed)
    keep(
        upload(create(6, webhook="https://example.org/hook").task).task.failed(FailureCause.INTERNAL_ERROR, clock.now())
    )


@pytest.mark.usefixtures("a_life_before")
def test_every_task_is_there_and_those_that_waited_are_worked_on(folder, claim_all):
    with Database(folder) as database:
        store = SqliteTaskStore(database)
        listed = store.list("ana", TaskQuery()).tasks

        assert [task.task_id for task in listed] == [6, 5, 4, 3, 1]
        assert claim_all(database) == [TaskRef("ben", 2), TaskRef("ana", 3), TaskRef("ana", 4)]


@pytest.mark.usefixtures("a_life_before")
def test_counts_begin_with_what_there_is(folder):
    with Database(folder) as database:
        store = SqliteTaskStore(database)

        assert store.count("ana", TaskQuery()) == 5
        assert store.count("ana", TaskQuery(statuses=frozenset({TaskStatus.QUEUED}))) == 2
        assert store.count("ben", TaskQuery()) == 1


@pytest.mark.usefixtures("a_life_before")
def test_calls_that_were_still_to_be_made_are_made(folder):
    with Database(folder) as database:
        pending = SqliteTaskStore(database).pending(100)

    assert [event.task_id for event in pending if event.asks_for_call] == [6]


@pytest.mark.usefixtures("a_life_before")
def test_what_had_ended_can_expire(folder, clock):
    with Database(folder) as database:
        store, ended = SqliteTaskStore(database), SqliteEndedTasks(database)
        [event] = [event for event in store.pending(100) if event.asks_for_call]
        store.passed_on(store.pending(100), [])

        assert ended.ended_until(clock.now() - timedelta(seconds=1), 10) == []
        assert ended.ended_until(clock.now(), 10) == [TaskRef("ana", event.task_id)]


@pytest.fixture
def claim_all(clock):
    """Claims what waits, turn after turn."""

    def claim(database):
        store, queue, order = SqliteTaskStore(database), SqliteTaskQueue(database), []
        while ref := queue.next():
            store.save(store.get(ref.owner, ref.task_id).claimed("w", clock.now(), timedelta(minutes=1)))
            order.append(ref)
        return order

    return claim
