import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, TaskNotFoundError
from veil.domain.events import EventKind
from veil.domain.task import TaskStatus
from veil.use_cases.cancel_task import cancel_task


@pytest.fixture
def cancel(task_service):
    return lambda task_id, owner="ana": cancel_task(owner, task_id, tasks=task_service.tasks, clock=task_service.clock)


def test_a_task_that_waits_ends_without_a_result_and_nobody_works_on_it(cancel, task_service):
    task_id = task_service.queued()

    task = cancel(task_id)

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.CANCELLED)
    assert task_service.run(task_id) is None
    assert task_service.events(task_id)[EventKind.FAILED] == 1


def test_a_task_that_waits_for_its_upload_takes_none_any_more(cancel, task_service):
    task_id = task_service.create().task.task_id

    assert cancel(task_id).failure_cause is FailureCause.CANCELLED

    task_service.land(task_id)
    assert task_service.recover() == 0


def test_what_has_ended_cannot_be_cancelled(cancel, task_service):
    task_id = task_service.queued()
    task_service.run(task_id)

    with pytest.raises(StaleTaskError):
        cancel(task_id)

    assert task_service.task(task_id).status is TaskStatus.DONE


def test_what_was_deleted_cannot_be_cancelled(cancel, task_service):
    task_id = task_service.queued()
    task_service.delete(task_id)

    with pytest.raises(TaskDeletedError):
        cancel(task_id)


def test_another_owners_task_is_no_task(cancel, task_service):
    with pytest.raises(TaskNotFoundError):
        cancel(task_service.queued(), owner="ben")
