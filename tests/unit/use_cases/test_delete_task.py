import pytest

from veil.domain.errors import StoreFullError, TaskDeletedError, TaskNotFoundError
from veil.domain.events import EventKind
from veil.domain.task import TaskStatus
from veil.use_cases.delete_task import delete_task


@pytest.mark.parametrize("is_done", [False, True])
def test_deleting_forgets_every_file_of_the_task_and_no_other(is_done, task_service):
    task_id, other = task_service.queued(), task_service.queued()
    if is_done:
        task_service.run(task_id)

    task = task_service.delete(task_id)

    assert task.status is TaskStatus.DELETED
    assert task_service.kept(task_id) == set()
    assert task_service.kept(other) == {"original"}
    assert task_service.events(task_id)[EventKind.DELETED] == 1


def test_deleting_twice_says_that_it_is_deleted(task_service):
    task_id = task_service.queued()
    task_service.delete(task_id)

    with pytest.raises(TaskDeletedError):
        task_service.delete(task_id)

    assert task_service.events(task_id)[EventKind.DELETED] == 1


def test_a_task_that_is_not_there_cannot_be_deleted(task_service):
    with pytest.raises(TaskNotFoundError):
        task_service.delete(7)


def test_the_task_is_marked_deleted_before_its_files_go(task_service):
    task_id = task_service.queued()
    status_when_files_go = []

    class Watched:
        def delete(self, prefix):
            status_when_files_go.append(task_service.task(task_id).status)

    task_service.delete(task_id, media=Watched())

    assert status_when_files_go == [TaskStatus.DELETED]


def test_where_there_is_no_room_to_mark_a_task_its_files_make_room(task_service):
    task_id = task_service.queued()

    class FullUntilFilesWent:
        get = task_service.tasks.get

        def save(self, moved):
            if task_service.kept(task_id):
                raise StoreFullError("The disk is full.")
            task_service.tasks.save(moved)

    task_service.delete(task_id, tasks=FullUntilFilesWent())

    assert task_service.task(task_id).status is TaskStatus.DELETED
    assert task_service.kept(task_id) == set()


def test_another_owners_files_make_no_room(task_service):
    task_id = task_service.queued()

    class Full:
        get = task_service.tasks.get

        def save(self, moved):
            raise StoreFullError("The disk is full.")

    with pytest.raises(TaskNotFoundError):
        delete_task("ben", task_id, tasks=Full(), **task_service.given("media", "clock", instead={}))

    assert task_service.kept(task_id) == {"original"}
