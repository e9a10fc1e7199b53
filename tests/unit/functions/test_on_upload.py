"""An upload lands: its task is queued on the lane that suits it, or fails with the contract's cause."""

import pytest

from veil.domain.causes import FailureCause
from veil.domain.media import original_key
from veil.domain.origin import Origin
from veil.domain.task import TaskStatus

PICTURE = b"\xff\xd8\xff\xc0\x00\x11\x08\x02\x00\x02\x00 a picture of 512 x 512"


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


def test_the_file_of_a_job_waits_for_the_jobs_approval(on_upload, new_task, uploaded, sqs_event, stores, waiting):
    task = new_task(origin=Origin(job="j"))

    on_upload(sqs_event(uploaded(task)))

    assert stores.tasks.get(task.owner, task.task_id).status is TaskStatus.NEW
    assert waiting("express") == waiting("batch") == []


PLAIN, DEEP, TRANSPARENT = b"\x08\x02", b"\x10\x02", b"\x08\x06"


def png(width, height, size_bytes=60, *, kind=PLAIN):
    """The beginning of a PNG that announces so many pixels of a depth and colours, filled up to so many bytes."""
    header = width.to_bytes(4) + height.to_bytes(4) + kind + bytes(7)
    begun = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + header + b"\x00\x00\x00\x00IDAT"
    return begun + bytes(size_bytes - len(begun))


@pytest.mark.parametrize(
    ("content", "lane"),
    [
        (png(1000, 1000), "express"),
        (png(1000, 1001), "batch"),
        (png(1000, 500, kind=TRANSPARENT), "express"),
        (png(1000, 501, kind=TRANSPARENT), "batch"),
        (png(1000, 501, kind=DEEP), "batch"),
        (png(10, 10, size_bytes=1000), "express"),
        (png(10, 10, size_bytes=1001), "batch"),
        (b"\xff\xd8\xff says nothing of its size", "batch"),
    ],
)
def test_memory_chooses_the_lane_and_bytes_only_where_they_are_too_many(
    on_upload, new_task, uploaded, sqs_event, waiting, content, lane
):
    on_upload(sqs_event(uploaded(new_task(), content)))

    assert {name: len(waiting(name)) for name in ("express", "batch")} == {"express": 0, "batch": 0, lane: 1}


@pytest.mark.parametrize(
    ("content", "declared", "cause"),
    [
        (b"\xff\xd8\xff" + bytes(6000), "image/jpeg", FailureCause.IMAGE_TOO_LARGE),
        (png(20_000, 10_001), "image/png", FailureCause.IMAGE_TOO_LARGE),
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


def newest(clients, environment, task):
    found = clients.s3.get_object(Bucket=environment["VEIL_BUCKET"], Key=original_key(task.owner, task.task_id))
    return found["VersionId"], found["Body"].read()


def test_a_second_upload_is_deleted_and_the_accepted_one_stays(
    on_upload, new_task, uploaded, sqs_event, stores, waiting, clients, environment
):
    task = new_task()
    first = uploaded(task, PICTURE)
    on_upload(sqs_event(first))
    second = uploaded(task, PICTURE + b"another")
    before = stores.tasks.get(task.owner, task.task_id)

    assert on_upload(sqs_event(second, second, first)) == {"batchItemFailures": []}

    assert stores.tasks.get(task.owner, task.task_id) == before
    assert newest(clients, environment, task) == (first["detail"]["object"]["version-id"], PICTURE)
    assert before.original_version == first["detail"]["object"]["version-id"]
    assert len(waiting("express")) == 2


def test_of_two_uploads_before_the_first_event_one_is_accepted_whichever_event_comes_first(
    on_upload, new_task, uploaded, sqs_event, stores, clients, environment
):
    for order in ((0, 1), (1, 0)):
        task = new_task()
        landed = uploaded(task, PICTURE), uploaded(task, PICTURE + b"another")

        on_upload(sqs_event(*(landed[place] for place in order)))

        accepted = stores.tasks.get(task.owner, task.task_id).original_version
        assert newest(clients, environment, task) == (accepted, PICTURE + b"another")
        listed = clients.s3.list_object_versions(
            Bucket=environment["VEIL_BUCKET"], Prefix=original_key(task.owner, task.task_id)
        )
        assert [each["VersionId"] for each in listed["Versions"]] == [accepted]


def test_what_is_put_after_a_refusal_is_deleted(on_upload, new_task, uploaded, sqs_event, stores):
    task = new_task()
    on_upload(sqs_event(uploaded(task, b"GIF89a")))

    on_upload(sqs_event(uploaded(task)))

    assert stores.media.stat(original_key(task.owner, task.task_id)) is None


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


def avi(frames, width, height, size_bytes=200):
    """The beginning of an AVI that announces so many frames, filled up to so many bytes."""
    told = (40000, 0, 0, 0, frames, 0, 1, 0, width, height)
    begun = b"RIFF....AVI LIST....hdrlavih...." + b"".join(number.to_bytes(4, "little") for number in told)
    return begun + bytes(size_bytes - len(begun))


TRANSPORT_STREAM = (b"G" + bytes(187)) * 8


@pytest.mark.parametrize("content", [avi(1, 16, 16), avi(10**6, 4000, 3000), TRANSPORT_STREAM])
def test_videos_take_the_batch_lane_however_short(on_upload, new_task, uploaded, sqs_event, waiting, content):
    on_upload(sqs_event(uploaded(new_task(), content, declared="")))

    assert {name: len(waiting(name)) for name in ("express", "batch")} == {"express": 0, "batch": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (avi(500, 1280, 720), "the frames of the video have 460 megapixels together"),
        (avi(10, 64, 64, size_bytes=4000), "the video has 4000 bytes; the limit is 3000 bytes"),
        (TRANSPORT_STREAM, None),
    ],
)
def test_a_video_that_no_function_could_finish_fails_at_once(
    on_upload, new_task, uploaded, sqs_event, stores, waiting, monkeypatch, content, reason
):
    monkeypatch.setenv("VEIL_VIDEO_LIMIT_PIXELS", "400000000")
    monkeypatch.setenv("VEIL_VIDEO_LIMIT_BYTES", "3000")
    task = new_task()

    on_upload(sqs_event(uploaded(task, content, declared="")))

    ended = stores.tasks.get(task.owner, task.task_id)
    if reason is None:
        assert ended.status is TaskStatus.QUEUED
    else:
        assert (ended.status, ended.failure_cause) == (TaskStatus.FAILED, FailureCause.IMAGE_TOO_LARGE)
        assert ended.told_reason.startswith(reason)
        assert waiting("batch") == waiting("express") == []
