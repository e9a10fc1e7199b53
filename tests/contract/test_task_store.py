"""What every task store promises of a task; of lists: `test_task_lists.py`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.drawing_again import drawn_again
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.media import Artifact
from veil.domain.policy import ObjectClass
from veil.domain.rendering import AddedObject, Changes
from veil.domain.task import TaskStatus
from veil.ports.stores import TaskQuery

HOOK = "https://example.org/hook"


def test_an_added_task_is_read_back_as_it_was(tasks, create):
    created = create(7, webhook="https://example.org/hook?a=1&b=ü")

    tasks.add(created)

    assert tasks.get("ana", 7) == created.task


def test_a_task_that_begins_queued_is_read_back_as_it_was(tasks, create, upload, clock):
    done = replace(upload(create(7).task).task, artifacts=(Artifact.FINDINGS,))
    changes = Changes((3,), (AddedObject(ObjectClass.FACE, (1.0, 2.0, 3.5, 4.0), 5, 6),))
    begun = drawn_again(done, task_id=8, policy=done.policy, changes=changes, webhook=HOOK, now=clock.now())

    tasks.add(begun)

    assert tasks.get("ana", 8) == begun.task
    assert [task.task_id for task in tasks.unfinished()] == [8]


def test_an_id_is_taken_for_every_owner(tasks, create):
    first = create(7, owner="ana")
    tasks.add(first)

    with pytest.raises(TaskIdTakenError):
        tasks.add(create(7, owner="bob"))

    assert tasks.get("ana", 7) == first.task
    assert tasks.get("bob", 7) is None


def test_another_owners_task_is_no_task(tasks, create):
    tasks.add(create(7, owner="ana"))

    assert tasks.get("bob", 7) is None
    assert tasks.get("bob", 8) is None
    assert tasks.list("bob", TaskQuery()).tasks == ()


@pytest.mark.parametrize("task_id", [0, -1, 2**63, -(2**63) - 1, 10**40])
def test_an_id_that_no_task_can_have_is_no_task(tasks, create, task_id):
    tasks.add(create(7))

    assert tasks.get("ana", task_id) is None


def test_a_saved_transition_replaces_the_version_before(tasks, create, upload):
    created = create()
    tasks.add(created)

    queued = upload(created.task)
    tasks.save(queued)

    assert tasks.get("ana", 1) == queued.task


def test_an_event_is_written_with_its_state(tasks, told, create, clock):
    created = create(webhook=HOOK)
    failed = created.task.failed(FailureCause.INTERNAL_ERROR, clock.now())

    tasks.add(created)
    tasks.save(failed)

    assert told()[-1] == failed.event


def test_a_stale_transition_is_refused_and_writes_no_event(tasks, told, create, upload, clock):
    created = create(webhook=HOOK)
    queued = upload(created.task)
    tasks.add(created)
    tasks.save(queued)
    before = told()

    with pytest.raises(StaleTaskError):
        tasks.save(created.task.failed(FailureCause.INTERNAL_ERROR, clock.now()))

    assert tasks.get("ana", 1) == queued.task
    assert told() == before


def test_a_transition_of_a_task_that_was_never_added_is_refused(tasks, told, create, upload):
    with pytest.raises(StaleTaskError):
        tasks.save(upload(create().task))

    assert told() == []


def test_a_transition_in_another_owners_name_is_refused(tasks, create, upload):
    tasks.add(create(1, owner="ana"))

    with pytest.raises(StaleTaskError):
        tasks.save(upload(create(1, owner="bob").task))

    assert tasks.get("ana", 1).status is TaskStatus.NEW


def test_an_update_changes_the_task_and_tells_nobody(tasks, told, create, upload, clock):
    created = create()
    queued = upload(created.task)
    claimed = queued.task.claimed("w1", clock.now(), timedelta(seconds=60))
    tasks.add(created)
    tasks.save(queued)
    tasks.save(claimed)
    before = told()

    renewed = claimed.task.renewed("w1", clock.now() + timedelta(seconds=30), timedelta(seconds=60), progress=40)
    tasks.update(renewed)

    assert tasks.get("ana", 1) == renewed
    assert told() == before


def test_a_stale_update_is_refused(tasks, create, upload, clock):
    created = create()
    queued = upload(created.task)
    claimed = queued.task.claimed("w1", clock.now(), timedelta(seconds=60))
    tasks.add(created)
    tasks.save(queued)

    with pytest.raises(StaleTaskError):
        tasks.update(claimed.task.renewed("w1", clock.now(), timedelta(seconds=60), progress=40))

    assert tasks.get("ana", 1) == queued.task


def test_of_many_threads_that_save_the_same_version_exactly_one_wins(tasks, create, upload, clock):
    created = create()
    queued = upload(created.task)
    tasks.add(created)
    tasks.save(queued)

    def claim(worker):
        claimed = queued.task.claimed(worker, clock.now(), timedelta(seconds=60))
        try:
            tasks.save(claimed)
        except StaleTaskError:
            return None
        return worker

    with ThreadPoolExecutor(8) as threads:
        winners = [worker for worker in threads.map(claim, map(str, range(24))) if worker]

    assert [tasks.get("ana", 1).lease.worker] == winners


def test_unfinished_tasks_are_everybodys_and_oldest_first(tasks, create, upload, clock):
    for task_id, owner in ((3, "ana"), (1, "bob"), (2, "ana"), (4, "ana"), (5, "ana")):
        tasks.add(create(task_id, owner=owner))
    tasks.save(tasks.get("ana", 2).deleted(clock.now()))
    tasks.save(tasks.get("ana", 4).failed(FailureCause.INTERNAL_ERROR, clock.now()))
    queued = upload(tasks.get("ana", 5))
    tasks.save(queued)
    tasks.save(queued.task.claimed("w1", clock.now(), timedelta(seconds=60)))

    unfinished = [(task.task_id, task.status) for task in tasks.unfinished()]

    assert unfinished == [(1, TaskStatus.NEW), (3, TaskStatus.NEW), (5, TaskStatus.PROCESSING)]
    assert [task.task_id for task in tasks.unfinished(frozenset({TaskStatus.PROCESSING}))] == [5]


def test_unfinished_tasks_may_change_while_they_are_read(tasks, create, clock):
    for task_id in range(5):
        tasks.add(create(task_id))

    seen = []
    for task in tasks.unfinished():
        tasks.save(task.failed(FailureCause.INTERNAL_ERROR, clock.now()))
        seen.append(task.task_id)

    assert seen == [0, 1, 2, 3, 4]
    assert list(tasks.unfinished()) == []
