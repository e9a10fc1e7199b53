from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.events import EventKind
from veil.domain.media import Artifact
from veil.domain.task import TaskStatus
from veil.domain.task_facts import MAX_ATTEMPTS
from veil.ports.anonymizer import Anonymized
from veil.ports.queue import TaskRef
from veil.use_cases.run_task import give_back

FIRST_RUN = {"1/anonymized.jpeg", "1/binary_mask.png", "1/metadata.json"}
QUICKTIME = b"\0\0\0\x14ftypqt  " + bytes(20)
SECOND_RUN = {"2/anonymized.jpeg", "2/binary_mask.png", "2/metadata.json"}


def raising(error):
    def act():
        raise error

    return act


def test_a_task_is_done_with_all_results_and_one_event(task_service, anonymizer):
    task_id = task_service.queued()
    hands = anonymizer()

    task = task_service.run(task_id, hands)

    assert task.status is TaskStatus.DONE
    assert task_service.kept(task_id) == {"original"} | FIRST_RUN
    assert task_service.events(task_id)[EventKind.DONE] == 1
    assert hands.sources == [f"{task_id}.jpeg"]
    assert list(task_service.folder.glob("tmp*")) == []


def test_a_result_is_stored_with_its_type(task_service):
    task_id = task_service.queued()

    task_service.run(task_id)

    types = {name: task_service.media.stat(f"ana/{task_id}/{name}").declared_type for name in FIRST_RUN}
    assert set(types.items()) == {
        ("1/anonymized.jpeg", "image/jpeg"),
        ("1/binary_mask.png", "image/png"),
        ("1/metadata.json", "application/json"),
    }


def test_a_result_of_another_kind_than_usual_is_stored_as_what_it_is(task_service, anonymizer):
    class WritesMp4(anonymizer):
        def anonymize(self, source, sink, policy, progress):
            with sink.writing(Artifact.ANONYMIZED) as file:
                file.write_bytes(b"\0\0\0\x20ftypisom")
            return Anonymized(hidden=1)

    task_id = task_service.create().task.task_id
    task_service.land(task_id, QUICKTIME, declared_type="video/quicktime")
    task_service.accept(task_id, QUICKTIME, declared_type="video/quicktime")

    task = task_service.run(task_id, WritesMp4())

    assert task.key_of(Artifact.ANONYMIZED) == f"ana/{task_id}/1/anonymized.mp4"
    assert task_service.media.stat(task.key_of(Artifact.ANONYMIZED)).declared_type == "video/mp4"


def test_a_crash_of_the_anonymizer_publishes_nothing_and_is_not_swallowed(task_service, anonymizer):
    task_id = task_service.queued()

    with pytest.raises(ZeroDivisionError):
        task_service.run(task_id, anonymizer(raising(ZeroDivisionError())))

    assert task_service.kept(task_id) == {"original"}
    assert task_service.task(task_id).status is TaskStatus.PROCESSING
    assert EventKind.DONE not in task_service.events(task_id)


class FullDisk:
    """A media store whose disk is full after a number of files."""

    def __init__(self, media, room):
        self.media = media
        self.room = room
        self.fetch, self.delete = media.fetch, media.delete

    def put(self, key, file, *, media_type):
        self.room -= 1
        if self.room < 0:
            raise OSError("No space left on device")
        self.media.put(key, file, media_type=media_type)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_results_that_cannot_all_be_stored_are_not_published_and_the_next_run_keeps_apart(room, task_service):
    task_id = task_service.queued()

    with pytest.raises(OSError, match="No space"):
        task_service.run(task_id, media=FullDisk(task_service.media, room))
    assert task_service.task(task_id).artifacts == ()
    give_back(TaskRef("ana", task_id), task_service.context(), counts=True)
    task_service.run(task_id)

    assert task_service.task(task_id).status is TaskStatus.DONE
    assert task_service.kept(task_id) >= SECOND_RUN


@pytest.mark.parametrize("cause", FailureCause)
def test_what_the_anonymizer_refuses_is_a_failed_task_with_its_cause(cause, task_service, anonymizer):
    task_id = task_service.queued()

    task = task_service.run(task_id, anonymizer(raising(AnonymizationError(cause, "no"))))

    assert (task.status, task.failure_cause, task.failure_reason) == (TaskStatus.FAILED, cause, "no")
    assert task_service.events(task_id)[EventKind.FAILED] == 1
    assert task_service.kept(task_id) == {"original"}


def test_an_upload_that_is_gone_is_a_failed_task(task_service):
    task_id = task_service.queued()
    task_service.media.delete(f"ana/{task_id}/")

    assert task_service.run(task_id).failure_cause is FailureCause.TASK_FILE_DOESNT_EXIST


@pytest.mark.parametrize("told", ["sha256", "version"])
def test_what_is_put_over_an_accepted_upload_is_never_worked_on(told, task_service, anonymizer):
    task_id = task_service.create().task.task_id
    task_service.land(task_id)
    landed = task_service.media.landed_upload(f"ana/{task_id}/original")
    nameless = {"sha256": None, "version": None, told: getattr(landed, told)}
    task_service.accept(task_id, upload=replace(landed, **nameless))
    task_service.land(task_id, b"\xff\xd8\xff another")
    seen = []

    class Reads(type(anonymizer())):
        def anonymize(self, source, sink, policy, progress):
            seen.append(source.read_bytes())
            return super().anonymize(source, sink, policy, progress)

    task = task_service.run(task_id, Reads())

    if told == "version":
        assert (task.status, seen) == (TaskStatus.DONE, [b"\xff\xd8\xff a photo"])
    else:
        assert (task.failure_cause, seen) == (FailureCause.TASK_FILE_DOESNT_EXIST, [])


@pytest.mark.parametrize("state", ["none", "new", "processing", "done", "deleted"])
def test_a_task_that_waits_for_no_worker_is_left_alone(state, task_service):
    task_id = {"none": lambda: 7, "new": lambda: task_service.create().task.task_id}.get(state, task_service.queued)()
    if state == "processing":
        task_service.tasks.save(
            task_service.task(task_id).claimed("other", task_service.clock.now(), timedelta(minutes=1))
        )
    if state == "done":
        task_service.run(task_id)
    if state == "deleted":
        task_service.delete(task_id)
    before = task_service.task(task_id)

    assert task_service.run(task_id) is None

    assert task_service.task(task_id) == before


def test_of_workers_that_race_for_a_task_one_publishes(task_service):
    task_id = task_service.queued()
    start = Barrier(4)
    ended = []

    def race(worker):
        start.wait()
        ended.append(task_service.run(task_id, worker=worker))

    threads = [Thread(target=race, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(task is not None for task in ended) == 1
    assert task_service.kept(task_id) == {"original"} | FIRST_RUN
    assert task_service.events(task_id)[EventKind.DONE] == 1


def test_a_task_that_broke_its_worker_too_often_fails(task_service, anonymizer):
    task_id = task_service.queued()
    context = task_service.context()

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            task_service.run(task_id, anonymizer(raising(ZeroDivisionError())))
        assert give_back(TaskRef("ana", task_id), context, counts=True).status is TaskStatus.QUEUED
    task = task_service.run(task_id)

    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.INTERNAL_ERROR)
    assert task.runs == MAX_ATTEMPTS
    assert task_service.kept(task_id) == {"original"}


def test_claims_that_are_given_back_without_blame_never_use_attempts_up(task_service, anonymizer):
    task_id = task_service.queued()

    for _ in range(MAX_ATTEMPTS + 2):
        with pytest.raises(KeyboardInterrupt):
            task_service.run(task_id, anonymizer(raising(KeyboardInterrupt())))
        give_back(TaskRef("ana", task_id), task_service.context(), counts=False)

    assert task_service.run(task_id).status is TaskStatus.DONE


@pytest.mark.parametrize("case", ["no task", "not claimed", "another worker's", "deleted"])
def test_what_is_not_this_workers_is_not_given_back(case, task_service):
    task_id = 7 if case == "no task" else task_service.queued()
    if case == "another worker's":
        claimed = task_service.task(task_id).claimed("other", task_service.clock.now(), timedelta(minutes=1))
        task_service.tasks.save(claimed)
    if case == "deleted":
        task_service.delete(task_id)
    before = task_service.task(task_id)

    assert give_back(TaskRef("ana", task_id), task_service.context(), counts=True) is None

    assert task_service.task(task_id) == before
