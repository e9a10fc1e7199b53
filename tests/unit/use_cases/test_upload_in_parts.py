"""A file in parts starts the work as one PUT does, whatever comes twice, too late or in between."""

import hashlib
from datetime import timedelta

import pytest

from veil.domain.errors import TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.task import TaskStatus
from veil.domain.upload_parts import NamedPart
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.forget_task import Parts, forget_task
from veil.use_cases.upload_in_parts import UploadsInParts

PHOTO = b"\xff\xd8\xff a photo"
NAMED = (NamedPart(1, hashlib.sha256(PHOTO).hexdigest()),)


@pytest.fixture
def uploads(task_service):
    """Builds what is under test, with other ports than the service's where some are given."""

    def build(**instead):
        ports = task_service.given("tasks", "media", "parts", instead=instead)
        return UploadsInParts(**ports, intake=task_service.intake(**instead))

    return build


@pytest.fixture
def arrived(task_service, uploads):
    """A task whose one part has arrived."""
    task_id = task_service.create().task.task_id
    uploads().begin("ana", task_id).keep(1, PHOTO)
    return task_id


def complete(uploads, task_id, photo=PHOTO):
    return uploads.complete("ana", task_id, NAMED, len(photo))


def test_a_complete_file_is_queued_and_worked_on(task_service, uploads, arrived):
    task = complete(uploads(), arrived)

    assert (task.status, task.size_bytes) == (TaskStatus.QUEUED, len(PHOTO))
    assert task_service.offered() == [arrived]
    assert task_service.run(arrived).status is TaskStatus.DONE


def test_completing_again_changes_nothing(task_service, uploads, arrived):
    first = complete(uploads(), arrived)

    assert complete(uploads(), arrived) == first
    assert task_service.offered() == [arrived]


def test_what_an_interrupted_completion_joined_is_taken_by_the_next(task_service, uploads, arrived):
    upload = task_service.parts.find(f"ana/{arrived}/original")
    upload.join(upload.arrived())

    assert complete(uploads(), arrived).status is TaskStatus.QUEUED


def test_what_cannot_be_anonymized_fails_and_is_deleted(task_service, uploads):
    task_id = task_service.create().task.task_id
    part = uploads().begin("ana", task_id).keep(1, b"no photo")

    task = uploads().complete("ana", task_id, [NamedPart(1, part.etag)], 8)

    assert (task.status, task_service.kept(task_id)) == (TaskStatus.FAILED, set())


class MeanwhileTasks:
    """A task store in which something happens before the first change is saved."""

    def __init__(self, tasks, act):
        self.tasks = tasks
        self.act = act

    def __getattr__(self, name):
        if name == "save":
            self.act, act = None, self.act
            if act:
                act()
        return getattr(self.tasks, name)


def test_whoever_hears_first_that_the_file_landed_queues_it_once(task_service, uploads, arrived):
    tasks = MeanwhileTasks(task_service.tasks, lambda: task_service.accept(arrived))

    assert complete(uploads(tasks=tasks), arrived).status is TaskStatus.QUEUED
    assert task_service.offered() == [arrived]


def test_a_task_that_is_cancelled_meanwhile_keeps_no_file(task_service, uploads, arrived):
    def cancel():
        cancel_task("ana", arrived, tasks=task_service.tasks, clock=task_service.clock)

    task = complete(uploads(tasks=MeanwhileTasks(task_service.tasks, cancel)), arrived)

    assert (task.status, task_service.kept(arrived)) == (TaskStatus.FAILED, set())


def test_a_task_that_is_deleted_meanwhile_keeps_no_file(task_service, uploads, arrived):
    tasks = MeanwhileTasks(task_service.tasks, lambda: task_service.delete(arrived))

    with pytest.raises(TaskDeletedError):
        complete(uploads(tasks=tasks), arrived)

    assert task_service.kept(arrived) == set()


def test_a_task_that_is_forgotten_before_its_parts_are_joined_keeps_no_file(task_service, uploads, arrived):
    def forget_and_join():
        service = task_service
        forget_task("ana", arrived, Parts(), tasks=service.tasks, media=service.media, clock=service.clock)
        service.land(arrived)

    with pytest.raises(TaskNotFoundError):
        complete(uploads(tasks=MeanwhileTasks(task_service.tasks, forget_and_join)), arrived)

    assert task_service.kept(arrived) == set()


def test_a_task_that_has_its_file_takes_no_parts(task_service, uploads):
    task_id = task_service.queued()

    with pytest.raises(UploadRefusedError, match="is queued; it takes no upload"):
        uploads().begin("ana", task_id)


def test_parts_may_arrive_for_a_day_and_are_forgotten_with_their_task(task_service, uploads, arrived):
    task_service.clock.advance(timedelta(hours=24))
    assert task_service.recover() == 0
    assert len(uploads().arrived("ana", arrived)) == 1

    task_service.clock.advance(timedelta(minutes=15))
    assert task_service.recover() == 1

    task = task_service.task(arrived)
    assert (task.status, task.failure_reason) == (TaskStatus.FAILED, "no file arrived within 86400 seconds")
    assert uploads().arrived("ana", arrived) == ()
    with pytest.raises(UploadRefusedError):
        complete(uploads(), arrived)
