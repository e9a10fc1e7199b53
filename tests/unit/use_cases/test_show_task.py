import json
from datetime import timedelta

import pytest

from veil.domain.errors import TaskDeletedError, TaskNotFoundError
from veil.domain.media import Artifact
from veil.domain.task import TaskStatus
from veil.ports.stores import TaskQuery
from veil.use_cases.show_task import download_urls, list_tasks, read_document, show_task


def test_another_owners_task_looks_exactly_like_no_task(task_service):
    task_id = task_service.queued()

    with pytest.raises(TaskNotFoundError) as not_mine:
        show_task("bob", task_id, tasks=task_service.tasks)
    with pytest.raises(TaskNotFoundError) as not_there:
        show_task("bob", task_id + 1, tasks=task_service.tasks)

    assert str(not_mine.value) == str(not_there.value).replace(str(task_id + 1), str(task_id))
    assert list_tasks("bob", TaskQuery(), tasks=task_service.tasks).tasks == ()


def test_a_deleted_task_is_listed_but_not_shown(task_service):
    task_id = task_service.queued()
    task_service.delete(task_id)

    with pytest.raises(TaskDeletedError):
        show_task("ana", task_id, tasks=task_service.tasks)

    listed = list_tasks("ana", TaskQuery(), tasks=task_service.tasks).tasks
    assert [task.status for task in listed] == [TaskStatus.DELETED]


def test_a_done_task_has_fresh_urls_on_every_look(task_service):
    task_id = task_service.queued()
    task_service.run(task_id)
    task = task_service.task(task_id)

    first = download_urls(task, media=task_service.media)
    task_service.clock.advance(timedelta(hours=1))
    second = download_urls(task, media=task_service.media)

    assert set(first) == set(second) == {Artifact.ANONYMIZED, Artifact.BINARY_MASK}
    expires = int((task_service.clock.now() + timedelta(seconds=14400)).timestamp())
    assert second[Artifact.ANONYMIZED].endswith(f"/1/anonymized.jpeg?method=GET&expires={expires}")
    assert first != second


def test_a_task_that_is_not_done_has_neither_urls_nor_metadata(task_service):
    task = task_service.task(task_service.queued())

    assert download_urls(task, media=task_service.media) == {}
    assert read_document(task, Artifact.METADATA, media=task_service.media) is None


def test_the_metadata_is_what_the_run_wrote(task_service):
    task_id = task_service.queued()
    task_service.run(task_id)

    document = read_document(task_service.task(task_id), Artifact.METADATA, media=task_service.media)

    assert json.loads(document) == {"detections": []}
