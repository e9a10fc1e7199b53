"""Lists whose pages have numbers, and what can be counted."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from veil.domain.task import TaskStatus
from veil.ports.stores import TaskQuery


@pytest.fixture
def seven(tasks, create):
    """A store with seven tasks of ana's, 1 to 7, and one of ben's."""
    for task_id in range(1, 8):
        tasks.add(create(task_id))
    tasks.add(create(8, owner="ben"))
    return tasks


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(skip=st.integers(0, 9), limit=st.integers(1, 9))
def test_a_page_begins_after_what_is_skipped(seven, skip, limit):
    page = seven.list("ana", TaskQuery(limit=limit, skip=skip))

    newest_first = list(range(7, 0, -1))
    assert [task.task_id for task in page.tasks] == newest_first[skip : skip + limit]


def test_a_page_beyond_the_last_is_empty_and_the_last(seven):
    page = seven.list("ana", TaskQuery(limit=2, skip=10**12))

    assert (page.tasks, page.next_before) == ((), None)


def test_what_is_skipped_is_what_the_query_asks_for(seven, create, upload):
    for task_id in (2, 4, 6):
        seven.save(upload(seven.get("ana", task_id)))
    queued = TaskQuery(statuses=frozenset({TaskStatus.QUEUED}))

    page = seven.list("ana", replace(queued, skip=1, limit=1))

    assert [task.task_id for task in page.tasks] == [4]
    assert seven.count("ana", queued) == 3


def test_an_owners_tasks_are_counted_on_all_pages(seven):
    assert seven.count("ana", TaskQuery(limit=2, skip=3, before=4)) == 7
    assert seven.count("ben", TaskQuery()) == 1
    assert seven.count("nobody", TaskQuery()) == 0
