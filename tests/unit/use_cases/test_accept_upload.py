import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, TaskNotFoundError, UploadRefusedError
from veil.domain.events import EventKind
from veil.domain.media import MediaType, Upload
from veil.domain.task import TaskStatus

PNG = b"\x89PNG\r\n\x1a\n..."


def test_an_upload_queues_its_task_and_offers_it_to_a_worker(task_service):
    task_id = task_service.create().task.task_id

    task = task_service.accept(task_id)

    assert (task.status, task.media_type) == (TaskStatus.QUEUED, MediaType.JPEG)
    assert task_service.offered() == [task_id]
    assert task_service.events(task_id) == {EventKind.CREATED: 1, EventKind.QUEUED: 1}


def test_the_bytes_decide_the_type_where_the_client_declared_another_image(task_service):
    task_id = task_service.create().task.task_id

    assert task_service.accept(task_id, PNG, declared_type="image/jpeg").media_type is MediaType.PNG


@pytest.mark.parametrize(("content", "declared_type"), [(b"GIF89a..", ""), (PNG, "text/plain"), (b"", "")])
def test_what_is_no_image_fails_its_task_and_is_deleted(content, declared_type, task_service):
    task_id = task_service.create().task.task_id
    task_service.land(task_id, content)

    task = task_service.accept(task_id, content, declared_type=declared_type)

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.CONTENT_TYPE_ERROR)
    assert task_service.kept(task_id) == set()
    assert task_service.offered() == []


def test_a_refused_upload_says_what_was_wrong_with_it(task_service):
    task_id = task_service.create().task.task_id

    task = task_service.accept(task_id, b"GIF89a..", declared_type="")

    assert task.told_reason == "the file is of the kind GIF; export it as JPEG or PNG"


@pytest.mark.parametrize(("side", "size_bytes"), [(20_000, 40), (10, 100_000_001)])
def test_what_is_too_large_fails_its_task_and_is_deleted(side, size_bytes, task_service):
    task_id = task_service.create().task.task_id
    announced = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + side.to_bytes(4) * 2
    task_service.land(task_id, announced)

    task = task_service.accept(task_id, upload=Upload(size_bytes, "image/png", announced))

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.IMAGE_TOO_LARGE)
    assert task_service.kept(task_id) == set()
    assert task_service.offered() == []


def test_a_second_upload_is_refused_and_leaves_the_first_alone(task_service):
    task_id = task_service.queued()

    with pytest.raises(UploadRefusedError):
        task_service.accept(task_id, b"GIF89a", declared_type="image/gif")

    assert task_service.task(task_id).status is TaskStatus.QUEUED
    assert task_service.kept(task_id) == {"original"}


def test_an_upload_for_a_deleted_task_is_told_so_and_one_for_no_task_as_well(task_service):
    task_id = task_service.create().task.task_id
    task_service.delete(task_id)

    with pytest.raises(TaskDeletedError):
        task_service.accept(task_id)
    with pytest.raises(TaskNotFoundError):
        task_service.accept(task_id + 1)


class BusyStore:
    """A task store in which somebody else is faster, a number of times."""

    def __init__(self, tasks, times):
        self.tasks = tasks
        self.times = times
        self.get = tasks.get

    def save(self, moved):
        self.times -= 1
        if self.times >= 0:
            raise StaleTaskError("somebody else was faster")
        self.tasks.save(moved)


def test_somebody_else_who_is_faster_a_few_times_does_not_stop_an_upload(task_service):
    task_id = task_service.create().task.task_id

    task = task_service.accept(task_id, tasks=BusyStore(task_service.tasks, 5))

    assert task.status is TaskStatus.QUEUED


def test_somebody_else_who_is_always_faster_is_an_error_in_the_end(task_service):
    task_id = task_service.create().task.task_id

    with pytest.raises(StaleTaskError):
        task_service.accept(task_id, tasks=BusyStore(task_service.tasks, 1000))
