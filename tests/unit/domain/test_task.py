from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, StoreError, TaskDeletedError, UploadRefusedError, VeilError
from veil.domain.events import EventKind
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import UNFINISHED, Task, TaskStatus, WebhookStatus
from veil.domain.task_facts import MAX_ATTEMPTS, MAX_RUNS

NEW, QUEUED, PROCESSING = TaskStatus.NEW, TaskStatus.QUEUED, TaskStatus.PROCESSING
DONE, FAILED, DELETED, FORGOTTEN = TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.DELETED, TaskStatus.FORGOTTEN

# What the architecture allows (section 4): from each state, by which transition, to which.
LEGAL = {
    (NEW, "uploaded"): QUEUED,
    (NEW, "upload_refused"): FAILED,
    (NEW, "failed"): FAILED,
    (NEW, "deleted"): DELETED,
    (QUEUED, "claimed"): PROCESSING,
    (QUEUED, "failed"): FAILED,
    (QUEUED, "deleted"): DELETED,
    (PROCESSING, "released"): QUEUED,
    (PROCESSING, "finished"): DONE,
    (PROCESSING, "failed"): FAILED,
    (PROCESSING, "deleted"): DELETED,
    (DONE, "deleted"): DELETED,
    (FAILED, "deleted"): DELETED,
    (DELETED, "forgotten"): FORGOTTEN,
}
NAMES = sorted({name for _, name in LEGAL})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", TaskStatus)
def test_exactly_the_legal_transitions_are_accepted(status, name, task_in, moves):
    task = task_in(status)

    if (status, name) in LEGAL:
        moved = moves[name](task)
        assert moved.task.status is LEGAL[status, name]
        assert moved.task.version == task.version + 1
        assert moved.event.event_id == f"evt_7_{moved.task.version}"
    else:
        with pytest.raises((StoreError, TaskDeletedError, UploadRefusedError)):
            moves[name](task)


def test_a_deleted_task_that_gets_a_file_says_that_it_is_deleted(task_in, moves):
    with pytest.raises(TaskDeletedError):
        moves["uploaded"](task_in(DELETED))


@pytest.mark.parametrize("status", sorted(set(TaskStatus) - {NEW, DELETED, FORGOTTEN}))
def test_a_second_upload_is_refused_in_every_state_after_the_first(status, task_in, moves):
    with pytest.raises(UploadRefusedError):
        moves["uploaded"](task_in(status))


def test_a_claim_can_be_taken_over_from_the_moment_the_lease_has_run_out(task_in, now, lease_time):
    task = task_in(PROCESSING)

    with pytest.raises(StaleTaskError):
        task.claimed("other", now + lease_time - timedelta(microseconds=1), lease_time)
    taken_over = task.claimed("other", now + lease_time, lease_time).task

    assert taken_over.lease.worker == "other"
    assert (taken_over.attempts, taken_over.runs) == (2, 2)


def test_a_renewed_lease_holds_off_others_without_an_event_or_a_new_attempt(task_in, now, lease_time):
    task = task_in(PROCESSING)

    renewed = task.renewed("w", now + lease_time / 2, lease_time, progress=40)

    assert not renewed.is_claimable(now + lease_time)
    assert (renewed.attempts, renewed.runs, renewed.version) == (task.attempts, task.runs, task.version + 1)
    assert renewed.updated_at == task.updated_at


@pytest.mark.parametrize("act", ["renewed", "released", "finished"])
def test_only_the_worker_that_holds_the_lease_can_use_it(act, task_in, now, lease_time):
    task = task_in(PROCESSING)
    acts = {
        "renewed": lambda: task.renewed("other", now, lease_time, progress=40),
        "released": lambda: task.released("other", now, counts=True),
        "finished": lambda: task.finished("other", (Artifact.ANONYMIZED,), now),
    }

    with pytest.raises(StaleTaskError):
        acts[act]()


def test_a_claim_given_back_counts_as_a_run_but_as_an_attempt_only_if_the_task_may_be_to_blame(task_in, now):
    task = task_in(PROCESSING)

    blamed = task.released("w", now, counts=True).task
    excused = task.released("w", now, counts=False).task

    assert (blamed.attempts, blamed.runs) == (1, 1)
    assert (excused.attempts, excused.runs) == (0, 1)


def test_a_task_is_out_of_attempts_after_the_last_one(task_in, now, lease_time):
    task = task_in(QUEUED)

    for _ in range(MAX_ATTEMPTS):
        assert not task.is_out_of_attempts
        task = task.claimed("w", now, lease_time).task.released("w", now, counts=True).task

    assert task.is_out_of_attempts


def test_a_task_that_stops_every_machine_it_is_worked_on_comes_to_an_end_as_well(task_in, now, lease_time):
    task = task_in(QUEUED)

    for _ in range(MAX_RUNS):
        assert not task.is_out_of_attempts
        task = task.claimed("w", now, lease_time).task.released("w", now, counts=False).task

    assert task.is_out_of_attempts


def test_results_have_keys_only_once_the_task_is_done_and_of_the_run_that_made_them(task_in, now, lease_time):
    twice = task_in(QUEUED).claimed("w", now, lease_time).task.released("w", now, counts=True).task
    claimed = twice.claimed("w", now, lease_time).task
    done = claimed.finished("w", (Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.METADATA), now).task

    assert claimed.key_of(Artifact.ANONYMIZED) is None
    assert done.key_of(Artifact.ANONYMIZED) == "ana/7/2/anonymized.jpeg"
    assert done.key_of(Artifact.BINARY_MASK) == "ana/7/2/binary_mask.png"
    assert done.key_of(Artifact.METADATA) == "ana/7/2/metadata.json"
    assert done.key_of(Artifact.INSTANCE_MASK) is None
    assert done.deleted(now).task.key_of(Artifact.ANONYMIZED) is None


def test_a_result_of_another_kind_than_usual_is_called_by_what_it_is(task_in, now, lease_time):
    claimed = replace(task_in(QUEUED), media_type=MediaType.QUICKTIME).claimed("w", now, lease_time).task
    artifacts = (Artifact.ANONYMIZED, Artifact.BINARY_MASK)
    done = claimed.finished("w", artifacts, now, made_type=MediaType.MP4).task

    assert (claimed.result_type, done.result_type) == (MediaType.QUICKTIME, MediaType.MP4)
    assert done.key_of(Artifact.ANONYMIZED) == "ana/7/1/anonymized.mp4"
    assert done.key_of(Artifact.BINARY_MASK) == "ana/7/1/binary_mask.mkv"


@pytest.mark.parametrize(("webhook", "status"), [("https://hook.example/", "set"), (None, "empty")])
def test_a_new_task_says_whether_a_webhook_was_asked_for(webhook, status, now):
    created = Task.create(owner="ana", task_id=7, policy=Policy(face=ClassRule(hide=True)), webhook=webhook, now=now)

    assert created.task.webhook_status == status
    assert created.event.webhook == webhook


class LifeOfATask(RuleBasedStateMachine):
    """Anything is tried at any time, by two workers, while time passes."""

    def __init__(self):
        super().__init__()
        self.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
        policy = Policy(face=ClassRule(hide=True))
        self.task, event = Task.create(owner="ana", task_id=7, policy=policy, webhook="https://h.example", now=self.now)
        self.events = [event]
        self.claims = 0
        self.blamed = 0

    def attempt(self, name, move):
        before = self.task
        try:
            moved = move()
        except VeilError:
            assert self.task == before
            return False
        assert LEGAL.get((before.status, name)) is moved.task.status or self.is_take_over(name, before)
        assert moved.task.version == before.version + 1
        assert moved.event.occurred_at == moved.task.updated_at == self.now
        self.task = moved.task
        self.events.append(moved.event)
        return True

    def is_take_over(self, name, before):
        return name == "claimed" and before.status is PROCESSING and before.lease.until <= self.now

    @rule(seconds=st.integers(0, 90))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def upload(self):
        file = Upload(3, "", b"\xff\xd8\xff", "00")
        self.attempt("uploaded", lambda: self.task.uploaded(file, MediaType.JPEG, self.now))

    @rule()
    def refuse_upload(self):
        cause = FailureCause.CONTENT_TYPE_ERROR
        self.attempt("upload_refused", lambda: self.task.upload_refused(cause, self.now))

    @rule(worker=st.sampled_from("ab"))
    def claim(self, worker):
        if self.attempt("claimed", lambda: self.task.claimed(worker, self.now, timedelta(seconds=60))):
            self.claims += 1
            self.blamed += 1

    @rule(worker=st.sampled_from("ab"))
    @precondition(lambda self: self.task.status is PROCESSING)
    def renew(self, worker):
        if self.task.lease.worker == worker:
            self.task = self.task.renewed(worker, self.now, timedelta(seconds=60), progress=40)

    @rule(worker=st.sampled_from("ab"), counts=st.booleans())
    def release(self, worker, counts):
        if self.attempt("released", lambda: self.task.released(worker, self.now, counts=counts)) and not counts:
            self.blamed -= 1

    @rule(worker=st.sampled_from("ab"))
    def finish(self, worker):
        self.attempt("finished", lambda: self.task.finished(worker, (Artifact.ANONYMIZED,), self.now))

    @rule()
    def fail(self):
        self.attempt("failed", lambda: self.task.failed(FailureCause.IMAGE_DEFECT, self.now))

    @rule()
    def delete(self):
        self.attempt("deleted", lambda: self.task.deleted(self.now))

    @rule()
    def forget(self):
        self.attempt("forgotten", lambda: self.task.forgotten(self.now))

    @rule(status=st.sampled_from(WebhookStatus))
    def tell_webhook(self, status):
        before = self.task
        self.task = self.task.with_webhook_status(status)
        assert (self.task.status, self.task.version) == (before.status, before.version + 1)

    @invariant()
    def every_event_has_an_id_of_its_own(self):
        assert len({event.event_id for event in self.events}) == len(self.events)

    @invariant()
    def there_is_one_event_at_most_for_each_end(self):
        kinds = [event.kind for event in self.events]
        assert kinds.count(EventKind.DONE) + kinds.count(EventKind.FAILED) <= 1
        assert kinds.count(EventKind.DELETED) <= 1

    @invariant()
    def a_lease_exists_while_processing_and_only_then(self):
        assert (self.task.lease is not None) == (self.task.status is PROCESSING)

    @invariant()
    def only_a_done_task_has_results_and_only_a_failed_one_a_cause(self):
        assert bool(self.task.artifacts) == (self.task.status is DONE)
        if self.task.status is FAILED:
            assert self.task.failure_cause is not None
        elif self.task.status in UNFINISHED | {DONE}:
            assert self.task.failure_cause is None

    @invariant()
    def claims_are_counted(self):
        assert (self.task.runs, self.task.attempts) == (self.claims, self.blamed)


TestLifeOfATask = LifeOfATask.TestCase
TestLifeOfATask.settings = settings(max_examples=150, stateful_step_count=30)


@pytest.mark.parametrize("status", [QUEUED, PROCESSING, DONE, FAILED])
def test_every_version_but_the_accepted_one_is_surplus(status, task_in):
    task = replace(task_in(status), original_version="v1")

    assert (task.is_surplus("v1"), task.is_surplus("v2")) == (False, True)


def test_while_a_task_waits_for_its_upload_nothing_is_surplus_and_once_it_was_refused_everything_is(task_in, now):
    new = task_in(NEW)

    assert not new.is_surplus("v1")
    assert new.upload_refused(FailureCause.CONTENT_TYPE_ERROR, now).task.is_surplus("v1")


def test_of_an_upload_whose_version_nobody_told_nothing_is_surplus(task_in):
    assert not task_in(QUEUED).is_surplus("v1")
