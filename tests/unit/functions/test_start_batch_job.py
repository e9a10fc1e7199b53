"""Waiting pictures become one job, and each video one of its own."""

import pytest

from veil.adapters.aws.queue import REFS
from veil.domain.media import MediaType, Upload
from veil.ports.queue import TaskRef


@pytest.fixture
def submitted(monkeypatch):
    """The jobs that were started. moto runs jobs only in Docker, so the lane itself is tested in unit/aws."""
    from veil.adapters.aws.batch import BatchLane

    jobs = []
    monkeypatch.setattr(BatchLane, "submit", lambda self, refs: jobs.append(list(refs)) or "job-1")
    monkeypatch.setattr(
        BatchLane,
        "submit_video",
        lambda self, ref, pixels, *, is_looked_at: jobs.append((ref, pixels, is_looked_at)) or "job-2",
    )
    for name, value in {"JOB_QUEUE": "queue", "JOB_DEFINITION": "definition", "MOST_WORKERS": "4"}.items():
        monkeypatch.setenv(f"VEIL_{name}", value)
    return jobs


@pytest.fixture
def queued(new_task, stores, clock):
    """Make a task that waits for a worker, and return where it is found."""

    def make(media_type, head=b"", size_bytes=100):
        task = new_task()
        stores.tasks.save(task.uploaded(Upload(size_bytes, "", head), media_type, clock.now()))
        return TaskRef(task.owner, task.task_id)

    return make


def test_each_picture_is_on_the_list_once(start, submitted, queued, sqs_event):
    refs = [queued(MediaType.JPEG), queued(MediaType.PNG)]

    answer = start("start_batch_job")(sqs_event(*map(REFS.dump, [*refs, refs[0]])))

    assert answer == {"batchItemFailures": []}
    assert submitted == [refs]


def test_a_video_has_a_job_of_its_own_by_its_pixels_or_else_its_bytes(start, submitted, queued, sqs_event):
    told = b"RIFF....AVI LIST....hdrlavih...." + b"".join(
        n.to_bytes(4, "little") for n in (40000, 0, 0, 0, 250, 0, 1, 0, 640, 480)
    )
    video, silent, picture = queued(MediaType.AVI, told), queued(MediaType.MPEG_TS), queued(MediaType.JPEG)

    start("start_batch_job")(sqs_event(*map(REFS.dump, [video, picture, silent])))

    assert submitted == [(video, 250 * 640 * 480, True), (silent, 4000, True), [picture]]


def test_what_was_deleted_meanwhile_needs_no_job(start, submitted, sqs_event):
    start("start_batch_job")(sqs_event(REFS.dump(TaskRef("ana", 1))))

    assert submitted == []
