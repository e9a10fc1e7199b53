"""What has ended goes once its time is over, and nothing else does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.signed_urls import SignedUrls
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.retention import ENDED_UNTIL, SqliteEndedTasks
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.causes import FailureCause
from veil.domain.deliveries import DeliveryState
from veil.ports.stores import TaskQuery
from veil.use_cases.expire_tasks import expire_tasks

MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


@pytest.fixture
def tasks(database):
    return SqliteTaskStore(database)


@pytest.fixture
def media(tmp_path, clock):
    return FolderMediaStore(tmp_path / "media", SignedUrls("http://127.0.0.1:8080", b"k" * 32, clock))


@pytest.fixture
def add(tasks, media, create, tmp_path):
    """Adds a task that has a file."""

    def make(task_id, **how):
        created = create(task_id, **how)
        tasks.add(created)
        photo = tmp_path / "photo"
        photo.write_bytes(b"a photo")
        media.put(f"{created.task.owner}/{task_id}/original", photo, media_type="image/jpeg")
        return created.task

    return make


@pytest.fixture
def expire(database, media, clock):
    return lambda: expire_tasks(MONTH, ended=SqliteEndedTasks(database), media=media, clock=clock)


def fail(tasks, task, clock):
    failed = task.failed(FailureCause.INTERNAL_ERROR, clock.now())
    tasks.save(failed)
    return failed


def test_a_task_goes_with_its_files_once_its_time_is_over(add, tasks, media, expire, clock):
    fail(tasks, add(1), clock)

    clock.advance(MONTH - SECOND)
    assert expire() == 0
    assert media.stat("ana/1/original") is not None

    clock.advance(SECOND)
    assert expire() == 1
    assert tasks.get("ana", 1) is None
    assert media.stat("ana/1/original") is None
    assert tasks.count("ana", TaskQuery()) == 0


def test_the_time_begins_with_the_end_and_not_with_the_beginning(add, tasks, expire, clock):
    task = add(1)
    clock.advance(2 * MONTH)
    assert expire() == 0

    fail(tasks, task, clock)

    assert expire() == 0


def test_a_deleted_task_is_remembered_as_long_as_others(add, tasks, expire, clock):
    deleted = add(1).deleted(clock.now())
    tasks.save(deleted)
    tasks.passed_on([deleted.event], [])
    clock.advance(MONTH)

    assert expire() == 1


def test_a_task_whose_webhook_was_not_told_yet_stays_until_it_was(add, tasks, expire, clock):
    failed = fail(tasks, add(1, webhook="https://example.org/hook"), clock)
    clock.advance(MONTH)
    assert expire() == 0

    tasks.passed_on([failed.event], [])

    assert expire() == 1


def test_a_task_that_is_deleted_while_it_expires_stays_for_its_event(add, tasks, database, clock):
    failed = fail(tasks, add(1), clock)
    ended, moment = SqliteEndedTasks(database), clock.now()
    refs = ended.ended_until(moment, 10)
    clock.advance(SECOND)
    tasks.save(failed.task.deleted(clock.now()))

    ended.remove(refs, moment)

    assert tasks.get("ana", 1) is not None


def test_more_tasks_than_one_portion_go_at_once(tasks, create, expire, database, clock):
    tasks.add(create(1))
    fail(tasks, tasks.get("ana", 1), clock)
    copies = """
        WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
        INSERT INTO tasks (task_id, owner, status, created_at, version, ended_at, record)
        SELECT i, owner, status, created_at, version, ended_at, record FROM n, tasks
    """
    with database.writing() as connection:
        connection.execute(copies)
    clock.advance(MONTH)

    assert expire() == 250
    assert expire() == 0


def test_calls_that_are_over_go_and_those_to_be_made_stay(database, delivery, expire, clock):
    deliveries = SqliteDeliveryStore(database)
    for name, state in (("sent", "delivered"), ("dead", "dead"), ("due", "pending")):
        deliveries.add(replace(delivery(name), state=DeliveryState(state)))
    clock.advance(MONTH)

    expire()

    assert [name for name in ("sent", "dead", "due") if deliveries.get(name)] == ["due"]


def test_looking_for_what_has_ended_reads_nothing_else(database):
    plan = database.read(f"EXPLAIN QUERY PLAN {ENDED_UNTIL}", {"moment": 0, "limit": 1})

    assert any("INDEX tasks_ended (ended_at<?)" in row["detail"] for row in plan)
