"""Whose turn it is when several owners' tasks wait."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from veil.adapters.sqlite.queue import NEXT, SqliteTaskQueue
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.drawing_again import drawn_again
from veil.domain.media import Artifact
from veil.domain.rendering import Changes


@pytest.fixture
def queue(database):
    return SqliteTaskQueue(database)


@pytest.fixture
def finish(database, clock):
    """Ends a claimed task."""

    def save(task):
        SqliteTaskStore(database).save(task.finished(task.lease.worker, (), clock.now()))

    return save


@pytest.fixture
def turns(queue, claim, finish):
    """Lets one worker work until nothing waits, and returns the tasks' numbers in its order."""

    def work():
        done = []
        while ref := queue.next():
            finish(claim(ref))
            done.append(ref.task_id)
        return done

    return work


def test_where_nothing_waits_it_is_nobodys_turn(queue, database, create):
    SqliteTaskStore(database).add(create(1))

    assert queue.next() is None


def test_a_task_that_begins_queued_comes_behind_those_that_wait(queue_up, turns, database, create, upload):
    queue_up(3)
    done = replace(upload(create(7).task).task, artifacts=(Artifact.FINDINGS,))
    begun = drawn_again(done, task_id=1, policy=done.policy, changes=Changes(), webhook=None, now=done.updated_at)
    SqliteTaskStore(database).add(begun)
    queue_up(2)

    assert turns() == [3, 1, 2]


def test_an_owners_tasks_come_in_the_order_they_were_queued(queue_up, turns):
    for task_id in (3, 1, 2):
        queue_up(task_id)

    assert turns() == [3, 1, 2]


def test_owners_take_turns_however_many_tasks_one_of_them_has(queue_up, turns):
    for task_id in range(1, 6):
        queue_up(task_id, owner="ana")
    for task_id in (11, 12):
        queue_up(task_id, owner="ben")
    queue_up(21, owner="cleo")

    assert turns() == [1, 11, 21, 2, 12, 3, 4, 5]


def test_the_owner_with_the_fewest_tasks_at_work_is_next(queue, queue_up, claim, finish):
    for number in range(4):
        queue_up(1 + number, owner="ana")
        queue_up(11 + number, owner="ben")

    long_work = claim(queue.next())
    others = []
    for _ in range(3):
        quick = claim(queue.next())
        others.append(quick.owner)
        finish(quick)

    assert (long_work.owner, others) == ("ana", ["ben", "ben", "ben"])


def test_workers_are_shared_between_owners(queue, queue_up, claim):
    for number in range(10):
        queue_up(1 + number, owner="ana")
    queue_up(100, owner="ben")
    queue_up(101, owner="ben")

    at_work = Counter(claim(queue.next()).owner for _ in range(4))

    assert at_work == {"ana": 2, "ben": 2}


def test_a_task_that_was_given_back_waits_again_behind_its_owners_others(queue, queue_up, claim, database, clock):
    queue_up(1)
    queue_up(2)
    claimed = claim(queue.next())

    SqliteTaskStore(database).save(claimed.released("w", clock.now(), counts=True))

    assert queue.next().task_id == 2


def test_a_clock_that_was_set_back_a_day_holds_no_queued_task(queue_up, turns, clock):
    queue_up(1)
    clock.advance(-timedelta(days=1))
    queue_up(2)

    assert turns() == [1, 2]


def test_finding_the_next_task_reads_neither_other_tasks_nor_owners_that_wait_for_nothing(database):
    found = " / ".join(row["detail"] for row in database.read(f"EXPLAIN QUERY PLAN {NEXT}", {}))

    assert "INDEX tasks_queued (owner=?)" in found
    assert "SCAN waiting USING COVERING INDEX task_counts_queued" in found or "INDEX task_counts_queued" in found
    assert "SCAN tasks" not in found
    assert "SCAN turns" not in found
