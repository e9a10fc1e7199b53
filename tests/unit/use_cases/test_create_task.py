from datetime import timedelta

import pytest

from veil.domain.errors import ClassUnavailableError
from veil.domain.events import EventKind
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import TaskStatus
from veil.ports.stores import TaskQuery


def test_a_new_task_waits_for_its_upload_at_a_url_that_lives_an_hour(task_service):
    created = task_service.create()

    assert created.task.status is TaskStatus.NEW
    expires = int((task_service.clock.now() + timedelta(hours=1)).timestamp())
    assert created.upload_url == f"memory:///ana/{created.task.task_id}/original?method=PUT&expires={expires}"
    assert task_service.task(created.task.task_id) == created.task
    assert task_service.events(created.task.task_id) == {EventKind.CREATED: 1}


def test_the_id_is_the_time_in_microseconds(task_service):
    task_service.clock.advance(timedelta(microseconds=123456))

    assert task_service.create().task.task_id == 1_795_251_600_123_456


def test_tasks_of_one_microsecond_get_ids_of_their_own(task_service):
    ids = [task_service.create().task.task_id for _ in range(50)]

    assert len(set(ids)) == 50
    assert len(task_service.tasks.list("ana", TaskQuery(limit=100)).tasks) == 50


def test_a_class_that_no_model_finds_is_refused_and_leaves_no_task(task_service):
    policy = Policy(face=ClassRule(hide=True), license_plate=ClassRule(hide=True))

    with pytest.raises(ClassUnavailableError, match=r"license_plate.*`veil models pull`"):
        task_service.create(policy)

    assert task_service.tasks.list("ana", TaskQuery()).tasks == ()
