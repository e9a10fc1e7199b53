"""An upload lands: its task is queued on the lane that suits it, or fails with the contract's cause."""

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import original_key
from veil.domain.task import TaskStatus


@pytest.fixture
def on_upload(start):
    return start("on_upload")


def test_a_small_image_takes_the_express_lane(on_upload, new_task, uploaded, sqs_event, stores, waiting):
    task = new_task()

    answer = on_upload(sqs_event(uploaded(task)))

    assert answer == {"batchItemFailures": []}
    assert stores.tasks.get(task.owner, task.task_id).status is TaskStatus.QUEUED
    assert len(waiting("express")) == 1
    assert waiting("batch") == []


def test_a_large_one_takes_the_batch_lane(on_upload, new_task, uploaded, sqs_event, waiting):
    on_upload(sqs_event(uploaded(new_task(), b"\xff\xd8\xff" + bytes(2000))))

    assert len(waiting("batch")) == 1
    assert waiting("express") == []


@pytest.mark.parametrize(
    ("content", "declared", "cause"),
    [
        (b"\xff\xd8\xff" + bytes(6000), "image/jpeg", FailureCause.IMAGE_TOO_LARGE),
        (b"\xff\xd8\xff", "text/plain", FailureCause.CONTENT_TYPE_ERROR),
        (b"GIF89a", "", FailureCause.CONTENT_TYPE_ERROR),
    ],
)
def test_what_cannot_be_anonymized_is_deleted_and_its_task_fails(
    on_upload, new_task, uploaded, sqs_event, stores, waiting, content, declared, cause
):
    task = new_task()

    on_upload(sqs_event(uploaded(task, content, declared)))

    failed = stores.tasks.get(task.owner, task.task_id)
    assert (failed.status, failed.failure_cause) == (TaskStatus.FAILED, cause)
    assert stores.media.stat(original_key(task.owner, task.task_id)) is None
    assert waiting("express") == waiting("batch") == []


def test_the_same_event_again_offers_a_task_that_still_waits_again_and_changes_nothing(
    on_upload, new_task, uploaded, sqs_event, stores
):
    task = new_task()
    landed = uploaded(task)
    on_upload(sqs_event(landed))
    before = stores.tasks.get(task.owner, task.task_id)

    assert on_upload(sqs_event(landed)) == {"batchItemFailures": []}

    assert stores.tasks.get(task.owner, task.task_id) == before


def test_a_file_of_a_task_that_was_deleted_is_deleted_too(on_upload, new_task, uploaded, sqs_event, stores, clock):
    task = new_task()
    landed = uploaded(task)
    stores.tasks.save(task.deleted(clock.now()))

    on_upload(sqs_event(landed))

    assert stores.media.stat(original_key(task.owner, task.task_id)) is None


def test_one_bad_message_comes_again_and_the_others_are_done(on_upload, new_task, uploaded, sqs_event, waiting):
    answer = on_upload(sqs_event(uploaded(new_task()), {"detail": {"object": {"key": "neither/owner"}}}))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    assert len(waiting("express")) == 1
