import hashlib
from datetime import timedelta

import pytest

from veil.domain.causes import FailureCause
from veil.domain.errors import TaskDeletedError
from veil.domain.events import EventKind
from veil.domain.media import UPLOAD_URL_LIFE
from veil.domain.task import TaskStatus
from veil.domain.task_facts import MAX_OFFERS
from veil.use_cases.recover import LATE_UPLOAD


@pytest.fixture
def claimed(task_service):
    """The number of a task that the worker `w` works on."""
    task_id = task_service.queued()
    task_service.offered()
    task = task_service.task(task_id)
    task_service.tasks.save(task.claimed("w", task_service.clock.now(), timedelta(minutes=1)))
    return task_id


def test_an_upload_that_landed_without_being_accepted_is_accepted(task_service):
    task_id = task_service.create().task.task_id
    task_service.land(task_id)

    assert task_service.recover() == 1

    task = task_service.task(task_id)
    assert (task.status, task.size_bytes) == (TaskStatus.QUEUED, 11)
    assert task.original_sha256 == hashlib.sha256(b"\xff\xd8\xff a photo").hexdigest()
    assert task_service.offered() == [task_id]


def test_a_landed_upload_that_is_no_image_fails_its_task(task_service):
    task_id = task_service.create().task.task_id
    task_service.land(task_id, b"GIF89a")

    task_service.recover()

    assert task_service.task(task_id).failure_cause is FailureCause.CONTENT_TYPE_ERROR
    assert task_service.kept(task_id) == set()


def test_a_task_that_was_never_given_a_file_fails_once_no_upload_can_still_be_arriving(task_service):
    task_id = task_service.create().task.task_id

    task_service.clock.advance(UPLOAD_URL_LIFE + LATE_UPLOAD - timedelta(seconds=1))
    assert task_service.recover() == 0
    task_service.clock.advance(timedelta(seconds=1))
    assert task_service.recover() == 1

    task = task_service.task(task_id)
    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.TASK_FILE_DOESNT_EXIST)


def test_a_queued_task_whose_offer_was_lost_is_offered_again(task_service):
    task_id = task_service.queued()
    for message in iter(task_service.queue.take, None):
        task_service.queue.settle(message)

    assert task_service.recover() == 1

    assert task_service.offered() == [task_id]


def test_a_task_that_no_worker_lives_to_claim_ends_after_its_last_offer(task_service):
    task_id = task_service.queued()
    task_service.offered()

    rounds = [task_service.recover(counts_offers=True) and task_service.offered() for _ in range(MAX_OFFERS + 2)]

    task = task_service.task(task_id)
    assert rounds == [[task_id]] * MAX_OFFERS + [[], 0]
    assert (task.status, task.failure_cause) == (TaskStatus.FAILED, FailureCause.INTERNAL_ERROR)
    assert task_service.events(task_id)[EventKind.FAILED] == 1


def test_whoever_claims_a_task_gives_it_all_its_offers_back(task_service, claimed):
    for _ in range(MAX_OFFERS):
        task_service.recover(dead={"w"}, counts=False, counts_offers=True)

    assert task_service.task(claimed).offers == MAX_OFFERS - 1
    task = task_service.task(claimed)
    task_service.tasks.save(task.claimed("next", task_service.clock.now(), timedelta(minutes=1)))
    assert task_service.task(claimed).offers == 0


def test_a_day_behind_a_backlog_brings_a_task_four_more_offers(task_service):
    """It was one at each look, twice an hour, and on the GPU lane each may start a job."""
    task_service.queued()
    task_service.offered()

    offers = 0
    for _ in range(48):
        task_service.clock.advance(timedelta(minutes=30))
        offers += task_service.recover(patience=timedelta(hours=1), counts_offers=True)

    assert offers == 4


@pytest.mark.parametrize(("counts", "attempts"), [(True, 1), (False, 0)])
def test_a_dead_workers_task_is_offered_again_and_counts_as_told(counts, attempts, claimed, task_service):
    assert task_service.recover(dead={"w"}, counts=counts) == 1

    task = task_service.task(claimed)
    assert (task.status, task.attempts, task.runs) == (TaskStatus.QUEUED, attempts, 1)
    assert task_service.offered() == [claimed]
    assert task_service.run(claimed, worker="next").status is TaskStatus.DONE


def test_a_living_workers_task_is_left_alone_until_its_lease_runs_out(claimed, task_service):
    assert task_service.recover() == 0
    task_service.clock.advance(timedelta(minutes=1))
    assert task_service.recover() == 1

    assert task_service.offered() == [claimed]
    assert task_service.run(claimed, worker="next").runs == 2


def test_a_lease_that_ran_out_is_over_for_whoever_had_it(claimed, task_service):
    task_service.clock.advance(timedelta(minutes=1))
    task_service.recover(counts=False)

    task = task_service.task(claimed)
    assert (task.status, task.lease, task.attempts) == (TaskStatus.QUEUED, None, 1)


def test_an_offer_is_trusted_for_as_long_as_told(task_service):
    task_service.queued()
    task_service.offered()

    assert task_service.recover(patience=timedelta(hours=1)) == 0
    task_service.clock.advance(timedelta(hours=1))
    assert task_service.recover(patience=timedelta(hours=1)) == 1


def test_where_the_tasks_are_the_queue_no_queued_task_is_offered_again(task_service):
    for _ in range(3):
        task_service.queued()
    for message in iter(task_service.queue.take, None):
        task_service.queue.settle(message)
    task_service.clock.advance(timedelta(days=1))

    assert task_service.recover(patience=None) == 0

    assert task_service.offered() == []


def test_tasks_that_have_ended_are_left_alone(task_service):
    done, deleted = task_service.queued(), task_service.queued()
    task_service.run(done)
    task_service.delete(deleted)
    task_service.offered()

    assert task_service.recover() == 0

    assert task_service.offered() == []
    assert task_service.events(done)[EventKind.DONE] == 1


class MeanwhileMedia:
    """A media store in which something happens between two calls."""

    def __init__(self, media, method, act):
        self.media = media
        self.method = method
        self.act = act

    def __getattr__(self, name):
        if name == self.method:
            self.method = None
            self.act()
        return getattr(self.media, name)


def test_a_task_deleted_while_it_is_recovered_does_not_keep_the_others_from_it(task_service):
    first, second = (task_service.create().task.task_id for _ in range(2))
    task_service.land(first)
    task_service.land(second)
    media = MeanwhileMedia(task_service.media, "landed_upload", lambda: task_service.delete(first))

    task_service.recover(media=media)

    assert task_service.task(first).status is TaskStatus.DELETED
    assert task_service.offered() == [second]


def test_a_task_deleted_after_its_upload_was_read_does_not_keep_the_others_from_recovery(task_service):
    first, second = (task_service.create().task.task_id for _ in range(2))
    task_service.land(first)
    task_service.land(second)

    class DeletedMeanwhile:
        unfinished, save = task_service.tasks.unfinished, task_service.tasks.save

        def get(self, owner, task_id):
            if task_id == first and task_service.task(first).status is TaskStatus.NEW:
                task_service.delete(first)
            return task_service.tasks.get(owner, task_id)

    task_service.recover(tasks=DeletedMeanwhile())

    assert task_service.offered() == [second]
    with pytest.raises(TaskDeletedError):
        task_service.accept(first)


def test_an_upload_that_is_accepted_while_it_is_recovered_is_accepted_once(task_service):
    task_id = task_service.create().task.task_id
    task_service.land(task_id)
    media = MeanwhileMedia(task_service.media, "landed_upload", lambda: task_service.accept(task_id))

    assert task_service.recover(media=media) == 0

    assert task_service.events(task_id)[EventKind.QUEUED] == 1
    assert task_service.offered() == [task_id]
