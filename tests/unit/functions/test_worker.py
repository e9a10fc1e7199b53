"""The GPU lane's program: a list of tasks, then an exit code that says what is left."""

import importlib
import os
import signal
from datetime import timedelta

import pytest

from veil.adapters.aws.batch import dump_refs
from veil.adapters.vision import VisionAnonymizer
from veil.domain.causes import FailureCause
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.task import TaskStatus
from veil.ports.anonymizer import Anonymized
from veil.ports.queue import TaskRef


class Copies:
    """Publishes a copy of what it was given, or breaks as told."""

    classes = frozenset()

    def __init__(self, *breaks):
        self.breaks = list(breaks)
        self.looked_at = []

    def look(self, source, policy, progress, checkpoints):
        for number in range(5):
            with checkpoints.claimed(number) as is_ours:
                if is_ours:
                    checkpoints.save(number, b"looks")
                    self.looked_at.append(number)
        if self.breaks:
            self.breaks.pop(0)()

    def anonymize(self, source, sink, policy, progress):
        if self.breaks:
            self.breaks.pop(0)()
        with sink.writing(Artifact.ANONYMIZED) as file:
            file.write_bytes(source.read_bytes())
        return Anonymized()


def defect():
    raise AnonymizationError(FailureCause.IMAGE_DEFECT, "defect")


def crash():
    raise RuntimeError("nobody expected this")


def spot_machine_is_taken_away():
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def queued(new_task, uploaded, stores, clock):
    """A photo and a video that wait, uploads included."""

    def make(media_type):
        task = new_task()
        uploaded(task)
        moved = task.uploaded(Upload(3, media_type, b"\xff\xd8\xff"), media_type, clock.now())
        stores.tasks.save(moved)
        return moved.task

    return [make(MediaType.JPEG), make(MediaType.MP4)]


@pytest.fixture
def work(environment, monkeypatch, queued, tmp_path):
    """Run the program on both tasks with an anonymizer in place of the models, and return its exit code."""
    worker = importlib.import_module("functions.anonymizer.worker")

    def run(anonymizer, **instead):
        monkeypatch.setattr(VisionAnonymizer, "open", lambda *_, **__: anonymizer)
        refs = [TaskRef(task.owner, task.task_id) for task in queued]
        before = signal.getsignal(signal.SIGTERM)
        told = {
            **environment,
            "AWS_BATCH_JOB_ID": "job-1",
            "VEIL_TASKS": dump_refs(refs),
            "VEIL_MODELS": str(tmp_path),
            **instead,
        }
        try:
            return worker.main(told)
        finally:
            signal.signal(signal.SIGTERM, before)

    return run


@pytest.fixture
def states(stores, queued):
    return lambda: [stores.tasks.get(task.owner, task.task_id) for task in queued]


def test_a_list_that_is_done_ends_with_0(work, states):
    assert work(Copies()) == 0

    assert [task.status for task in states()] == [TaskStatus.DONE, TaskStatus.DONE]


def test_a_picture_that_cannot_be_anonymized_is_an_end_too(work, states):
    assert work(Copies(defect)) == 0

    assert [task.status for task in states()] == [TaskStatus.FAILED, TaskStatus.DONE]


def test_a_task_that_breaks_its_worker_waits_for_another_and_the_list_goes_on(work, states):
    assert work(Copies(crash)) == 1

    assert [task.status for task in states()] == [TaskStatus.QUEUED, TaskStatus.DONE]
    assert states()[0].attempts == 1


def test_a_machine_that_is_taken_away_gives_back_what_it_has_and_it_does_not_count(work, states):
    assert work(Copies(spot_machine_is_taken_away)) == 143

    assert [task.status for task in states()] == [TaskStatus.QUEUED, TaskStatus.QUEUED]
    assert [(task.attempts, task.lease) for task in states()] == [(0, None), (0, None)]


@pytest.mark.parametrize(("index", "own"), [("0", [0, 2, 4]), ("1", [1, 3])])
def test_a_child_of_an_array_looks_at_its_share_and_takes_no_task(work, states, clients, bucket, index, own):
    hands = Copies()

    assert work(hands, VEIL_LOOKERS="2", AWS_BATCH_JOB_ARRAY_INDEX=index) == 0

    assert hands.looked_at == own
    assert [(task.status, task.runs) for task in states()] == [(TaskStatus.QUEUED, 0)] * 2
    kept = [each["Key"] for each in clients.s3.list_objects_v2(Bucket=bucket)["Contents"] if "segments" in each["Key"]]
    assert sorted(key.rpartition("/")[2] for key in kept) == [f"{number}.json.gz" for number in own]


def test_a_child_whose_machine_is_taken_away_says_so(work, states):
    hands = Copies(spot_machine_is_taken_away)

    assert work(hands, VEIL_LOOKERS="2", AWS_BATCH_JOB_ARRAY_INDEX="0") == 143

    assert [(task.status, task.attempts) for task in states()] == [(TaskStatus.QUEUED, 0)] * 2


def test_what_a_lost_machine_had_is_taken_over_at_once_and_does_not_count(work, states, stores, clock):
    lost = states()[0].claimed("job-1#1", clock.now(), timedelta(minutes=1))
    stores.tasks.save(lost)

    assert work(Copies(), AWS_BATCH_JOB_ATTEMPT="2") == 0

    assert [(task.status, task.attempts) for task in states()] == [(TaskStatus.DONE, 1)] * 2
    assert states()[0].runs == 2
