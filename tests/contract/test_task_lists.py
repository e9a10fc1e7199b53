"""What every task store promises of its lists and counts."""

from datetime import timedelta

from veil.domain.task import TaskStatus
from veil.domain.task_status import STARTED
from veil.ports.stores import TaskQuery


def ids(page):
    return [task.task_id for task in page.tasks]


def id_at(moment):
    """The id of a task that was created then: microseconds since the epoch."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


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


def _add_of_which_odd_ones_are_queued(numbers, tasks, create, upload):
    for task_id in numbers:
        created = create(task_id)
        tasks.add(created)
        if task_id % 2:
            tasks.save(upload(created.task))


def test_a_filter_thins_out_what_is_skipped_too(tasks, create, upload):
    _add_of_which_odd_ones_are_queued(range(1, 9), tasks, create, upload)

    page = tasks.list("ana", TaskQuery(limit=2, skip=1, statuses=frozenset({TaskStatus.QUEUED})))

    assert ids(page) == [5, 3]


def test_a_count_is_of_all_pages(tasks, create, upload):
    _add_of_which_odd_ones_are_queued(range(1, 8), tasks, create, upload)
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
