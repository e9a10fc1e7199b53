"""What is seen of a video outlives its worker, is shared with helpers, and ends with the task."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.drawing_again import drawn_again
from veil.domain.errors import AnonymizationError
from veil.domain.media import Artifact, MediaType
from veil.domain.rendering import Changes
from veil.domain.task import TaskStatus
from veil.ports.anonymizer import Anonymized
from veil.ports.queue import TaskRef
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.run_task import give_back
from veil.use_cases.segments import Helper, Share

RIDE = b"\0\0\0\x20ftypisom" + bytes(300)
SEGMENTS = 4


class Looking:
    """Looks at four segments that are one byte each; does in between what it was told to."""

    def __init__(self, meanwhile=lambda number: None):
        self.looked_at, self.meanwhile = [], meanwhile

    def anonymize(self, source, sink, policy, progress):
        self.look(source, policy, progress, sink.checkpoints)
        return Anonymized()

    def look(self, source, policy, progress, checkpoints):
        assert source.read_bytes() == RIDE
        for number in range(SEGMENTS):
            with checkpoints.claimed(number) as is_ours:
                if is_ours and checkpoints.load(number) != bytes([number]):
                    self.looked_at.append(number)
                    self.meanwhile(number)
                    progress.report(number / SEGMENTS)
                    checkpoints.save(number, bytes([number]))


@pytest.fixture
def video(task_service):
    """A video's task that waits for a worker."""
    task_id = task_service.create().task.task_id
    task_service.land(task_id, RIDE, declared_type="video/mp4")
    task_service.accept(task_id, RIDE, declared_type="video/mp4")
    assert task_service.task(task_id).media_type is MediaType.MP4
    return task_id


def test_nobody_helps_with_what_is_only_drawn_again(task_service, video, monkeypatch):
    done = replace(task_service.task(video), artifacts=(Artifact.FINDINGS,))
    drawn = drawn_again(done, task_id=9, policy=done.policy, changes=Changes(), webhook=None, now=done.updated_at)
    task_service.tasks.add(drawn)
    hands = Looking()
    ports = task_service.given("tasks", "media", instead={})

    Helper(**ports, anonymizer=hands, folder=task_service.folder, claims=claiming(range(SEGMENTS))).help(
        TaskRef("ana", 9)
    )

    assert hands.looked_at == []


@pytest.fixture
def kept(task_service, video):
    """Tells which segments are kept."""
    at = "ana/{}/segments/{}.json.gz"
    return lambda: [n for n in range(SEGMENTS) if task_service.media.stat(at.format(video, n)) is not None]


@pytest.fixture
def helping(task_service, video, monkeypatch):
    """Have a helper help with the video; say whether it came to an end."""
    monkeypatch.setattr("veil.use_cases.segments.ASKING_SECONDS", 0)

    def helped(hands, *, numbers=range(SEGMENTS), clock=None, **how):
        ports = task_service.given("tasks", "media", instead={})
        claims, folder = claiming(numbers), task_service.folder
        helper = Helper(**ports, anonymizer=hands, folder=folder, claims=claims, clock=clock)
        return helper.help(TaskRef("ana", video), **how)

    return helped


def claiming(numbers):
    @contextmanager
    def claims(ref, number):
        yield number in numbers

    return claims


def cancel(service, task_id):
    cancel_task("ana", task_id, tasks=service.tasks, clock=service.clock)


def delete(service, task_id):
    service.delete(task_id)


def crash_at(number):
    def meanwhile(at):
        if at == number:
            raise ZeroDivisionError

    return meanwhile


def test_a_run_after_a_crash_goes_on_where_the_other_stopped(task_service, video, kept):
    with pytest.raises(ZeroDivisionError):
        task_service.run(video, Looking(crash_at(2)))
    assert kept() == [0, 1]
    give_back(TaskRef("ana", video), task_service.context(), counts=False)
    again = Looking()

    task = task_service.run(video, again)

    assert (task.status, again.looked_at) == (TaskStatus.DONE, [2, 3])


@pytest.mark.parametrize("cause", [None, FailureCause.IMAGE_DEFECT])
def test_nothing_of_the_segments_outlives_the_task(task_service, video, kept, cause):
    def refuse(number):
        if number == 3 and cause:
            raise AnonymizationError(cause, "no")

    task_service.run(video, Looking(refuse))

    assert kept() == []
    assert list(task_service.folder.glob("tmp*")) == []


@pytest.mark.parametrize("end", [cancel, delete])
def test_a_helper_of_a_task_that_ends_stops_and_leaves_nothing(task_service, video, kept, helping, end):
    def meanwhile(number):
        if number == 2:
            end(task_service, video)

    hands = Looking(meanwhile)

    assert helping(hands) is False
    assert hands.looked_at == [0, 1, 2]
    assert kept() == []


def test_a_helper_looks_at_its_own_segments_and_the_worker_at_the_rest(task_service, video, kept, helping):
    helper, worker = Looking(), Looking()

    assert helping(helper, numbers={1, 3}) is True
    assert kept() == helper.looked_at == [1, 3]
    task_service.run(video, worker)

    assert worker.looked_at == [0, 2]


def test_a_share_is_every_so_many_th_segment():
    share = Share(1, 3)

    with share(TaskRef("ana", 7), 4) as own, share(TaskRef("ana", 7), 5) as others:
        assert (own, others) == (True, False)


def test_a_task_that_waits_tells_how_far_its_helpers_are_and_its_worker_goes_on_from_there(
    task_service, video, helping
):
    noted, waits = [], [6, 3, 3, 5]

    def meanwhile(number):
        noted.append(task_service.task(video).progress)
        task_service.clock.advance(timedelta(seconds=waits[number]))

    # Told in each segment: 0, 25, 50 and 75 per cent, of which the third comes 3 s after the note before.
    assert helping(Looking(meanwhile), clock=task_service.clock) is True
    noted.append(task_service.task(video).progress)

    assert noted == [0, 0, 25, 25, 75]
    claimed = task_service.task(video).claimed("w", task_service.clock.now(), timedelta(minutes=1))
    assert claimed.task.progress == 75


def test_a_lease_that_ran_out_leaves_no_progress(task_service, video):
    claimed = task_service.task(video).claimed("w", task_service.clock.now(), timedelta(minutes=1)).task
    half = claimed.renewed("w", task_service.clock.now(), timedelta(minutes=1), progress=50)
    task_service.clock.advance(timedelta(minutes=2))

    assert half.claimed("v", task_service.clock.now(), timedelta(minutes=1)).task.progress == 0


def test_what_helpers_look_at_is_not_offered_again_and_what_was_claimed_is_left_alone(task_service, video, helping):
    task_service.clock.advance(timedelta(hours=2))

    helping(Looking(), clock=task_service.clock)

    assert task_service.recover(patience=timedelta(hours=1)) == 0
    assert task_service.task(video).updated_at == task_service.clock.now()
    task_service.tasks.save(task_service.task(video).claimed("w", task_service.clock.now(), timedelta(minutes=1)))
    before = task_service.task(video)
    task_service.clock.advance(timedelta(seconds=30))
    helping(Looking(), clock=task_service.clock)
    assert task_service.task(video) == before


def test_without_a_note_a_task_that_waits_is_offered_again(task_service, video):
    task_service.clock.advance(timedelta(hours=2))

    assert task_service.recover(patience=timedelta(hours=1)) == 1


def test_a_helper_with_something_better_to_do_stops_within_a_segment(helping, kept):
    hands, chances = Looking(), iter([True, True, False])

    assert helping(hands, may_go_on=lambda: next(chances)) is False
    assert kept() == [0, 1]


def test_what_is_wrong_with_a_video_is_not_for_helpers_to_tell(task_service, video, helping):
    def refuse(number):
        raise AnonymizationError(FailureCause.IMAGE_DEFECT, "no")

    assert helping(Looking(refuse)) is True
    assert task_service.task(video).status is TaskStatus.QUEUED


def test_nobody_helps_with_what_has_ended(task_service, video, helping):
    task_service.run(video, Looking())
    hands = Looking()

    assert helping(hands) is True
    assert hands.looked_at == []
