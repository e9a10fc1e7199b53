"""A file that comes with its request, while others hear of it too."""

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import Upload
from veil.domain.origin import V2
from veil.domain.policy import ClassRule, ObjectClass, Policy
from veil.domain.task import TaskStatus
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.submit_file import FileRequest, submit_file

TOO_LARGE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (20_000).to_bytes(4) * 2
UPLOAD = Upload(len(TOO_LARGE), "image/png", TOO_LARGE)


@pytest.fixture
def submit(task_service):
    """Submit a picture of too many pixels; while it is kept something happens to its task."""

    def run(meanwhile):
        def keep(key):
            task_service.media.keep(key, TOO_LARGE, "image/png")
            meanwhile(int(key.split("/")[1]))

        request = FileRequest(owner="ana", policy=Policy(face=ClassRule(hide=True)), webhook=None, origin=V2)
        return submit_file(request, UPLOAD, keep, intake=task_service.intake(), available=frozenset({ObjectClass.FACE}))

    return run


def test_a_file_that_somebody_else_refused_first_gets_the_answer_of_a_refused_one(submit, task_service):
    task = submit(lambda task_id: task_service.accept(task_id, upload=UPLOAD))

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.IMAGE_TOO_LARGE)
    assert task_service.kept(task.task_id) == set()


def test_a_file_whose_task_was_cancelled_while_it_arrived_is_not_kept(submit, task_service):
    task = submit(lambda task_id: cancel_task("ana", task_id, tasks=task_service.tasks, clock=task_service.clock))

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.CANCELLED)
    assert task_service.kept(task.task_id) == set()
