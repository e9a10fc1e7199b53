"""What every task store promises."""

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
from veil.domain.task_status import STARTED
from veil.ports.stores import TaskQuery

HOOK = "https://example.org/hook"


def ids(page):
    return [task.task_id for task in page.tasks]


def id_at(moment):
    """The id of a task that was created then: microseconds since the epoch."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


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
    assert ids(tasks.list("bob", TaskQuery())) == []


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


def test_a_list_is_newest_first_and_only_the_owners(tasks, create):
    for task_id in (5, 9, 7):
        tasks.add(create(task_id, owner="ana"))
    tasks.add(create(8, owner="bob"))

    page = tasks.list("ana", TaskQuery())

    assert ids(page) == [9, 7, 5]
    assert page.next_before is None


def test_pages_follow_each_other_without_gap_or_overlap(tasks, create):
    for task_id in range(1, 8):
        tasks.add(create(task_id))

    pages = [tasks.list("ana", TaskQuery(limit=3))]
    while (before := pages[-1].next_before) is not None:
        pages.append(tasks.list("ana", TaskQuery(limit=3, before=before)))

    assert [ids(page) for page in pages] == [[7, 6, 5], [4, 3, 2], [1]]


def test_a_list_that_fits_its_page_exactly_is_complete(tasks, create):
    for task_id in (1, 2, 3):
        tasks.add(create(task_id))

    page = tasks.list("ana", TaskQuery(limit=3))

    assert ids(page) == [3, 2, 1]
    assert page.next_before is None


def test_a_list_can_start_anywhere(tasks, create):
    tasks.add(create(1))

    assert ids(tasks.list("ana", TaskQuery(before=10**40))) == [1]
    assert ids(tasks.list("ana", TaskQuery(before=-(10**40)))) == []


def test_pages_can_be_numbered(tasks, create):
    for task_id in range(1, 8):
        tasks.add(create(task_id))

    pages = [tasks.list("ana", TaskQuery(limit=3, skip=skip)) for skip in (0, 3, 6, 9)]

    assert [ids(page) for page in pages] == [[7, 6, 5], [4, 3, 2], [1], []]
    assert [page.next_before for page in pages] == [5, 2, None, None]


def test_a_filter_thins_out_what_is_skipped_too(tasks, create, upload):
    for task_id in range(1, 9):
        created = create(task_id)
        tasks.add(created)
        if task_id % 2:
            tasks.save(upload(created.task))

    page = tasks.list("ana", TaskQuery(limit=2, skip=1, statuses=frozenset({TaskStatus.QUEUED})))

    assert ids(page) == [5, 3]


def test_a_count_is_of_all_pages(tasks, create, upload):
    for task_id in range(1, 8):
        created = create(task_id)
        tasks.add(created)
        if task_id % 2:
            tasks.save(upload(created.task))
    tasks.add(create(8, owner="bob"))

    assert tasks.count("ana", TaskQuery(limit=2, skip=3, before=4)) == 7
    assert tasks.count("ana", TaskQuery(statuses=frozenset({TaskStatus.QUEUED}))) == 4
    assert tasks.count("nobody", TaskQuery()) == 0


def test_what_is_new_forgotten_or_anothers_is_not_counted_among_what_numbered_lists_show(tasks, create, upload, clock):
    for task_id in range(1, 6):
        tasks.add(create(task_id))
        if task_id > 1:
            tasks.save(upload(tasks.get("ana", task_id)))
    deleted = tasks.get("ana", 2).deleted(clock.now())
    tasks.save(deleted)
    tasks.add(create(6, owner="bob"))
    shown = TaskQuery(limit=2, skip=3, statuses=STARTED)
    assert tasks.count("ana", shown) == 4

    tasks.save(deleted.task.forgotten(clock.now()))

    assert tasks.count("ana", shown) == 3


def test_a_list_is_filtered_by_status_across_pages(tasks, create, upload):
    for task_id in range(1, 7):
        created = create(task_id)
        tasks.add(created)
        if task_id % 2:
            tasks.save(upload(created.task))

    first = tasks.list("ana", TaskQuery(limit=2, statuses=frozenset({TaskStatus.QUEUED})))
    rest = tasks.list("ana", TaskQuery(limit=2, statuses=frozenset({TaskStatus.QUEUED}), before=first.next_before))

    assert (ids(first), ids(rest)) == ([5, 3], [1])
    assert rest.next_before is None


def test_a_list_is_filtered_by_creation_time_half_open(tasks, create, clock):
    moments = [clock.now() + timedelta(minutes=minute) for minute in range(4)]
    for moment in moments:
        tasks.add(create(id_at(moment), at=moment))

    page = tasks.list("ana", TaskQuery(created_from=moments[1], created_until=moments[3]))

    assert ids(page) == [id_at(moments[2]), id_at(moments[1])]


def test_a_creation_time_is_not_read_from_an_id_that_had_to_give_way(tasks, create, clock):
    tasks.add(create(id_at(clock.now()), at=clock.now()))
    tasks.add(create(id_at(clock.now()) + 1, at=clock.now()))

    before = tasks.list("ana", TaskQuery(created_until=clock.now() + timedelta(microseconds=1)))
    after = tasks.list("ana", TaskQuery(created_from=clock.now() + timedelta(microseconds=1)))

    assert ids(before) == [id_at(clock.now()) + 1, id_at(clock.now())]
    assert ids(after) == []


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
