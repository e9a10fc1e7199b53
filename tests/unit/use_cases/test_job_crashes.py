"""A job that is interrupted between any two steps is charged once, worked on once and ends once."""

from datetime import timedelta

import pytest

from tests.unit.use_cases.job_world import FACES, Interrupted
from veil.domain.credits import EntryKind
from veil.domain.errors import InsufficientCreditError, StaleJobError
from veil.domain.job import JobStatus
from veil.domain.task import Task, TaskStatus
from veil.use_cases.jobs import Approval, cancel_job, take_upload


@pytest.mark.parametrize("calls", range(14))
def test_interrupted_after_any_call_it_is_done_once(calls, world):
    job_id = world.uploaded()

    world.finish_interrupted(job_id, after=calls)

    assert len(world.tasks.of_job(world.key.owner, job_id)) == 1
    assert world.kinds() == [EntryKind.RESERVED, EntryKind.SETTLED]
    assert world.ledger.balance(world.key.key_id) == 3


def test_two_approvals_charge_once(world):
    job_id = world.uploaded()
    assert world.approve(job_id) is Approval.TOO_EARLY
    world.advance(job_id)

    assert [world.approve(job_id), world.approve(job_id)] == [Approval.GIVEN, Approval.GIVEN_BEFORE]
    assert world.ledger.balance(world.key.key_id) == 3


def test_what_cannot_be_paid_is_not_approved(world):
    job_ids = [world.uploaded() for _ in range(3)]
    for job_id in job_ids:
        world.advance(job_id)

    for job_id in job_ids[:2]:
        world.approve(job_id)
    with pytest.raises(InsufficientCreditError):
        world.approve(job_ids[2])

    assert world.jobs.get(job_ids[2]).status is JobStatus.AWAITING
    assert world.ledger.balance(world.key.key_id) == 1


def test_auto_approval_starts_what_the_key_can_pay(world):
    job_ids = [world.uploaded() for _ in range(3)]

    for job_id in job_ids:
        world.advance(job_id, auto_approve=True)

    statuses = [world.jobs.get(job_id).status for job_id in job_ids]
    assert statuses == [JobStatus.APPROVED, JobStatus.APPROVED, JobStatus.AWAITING]


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_job_is_cancelled_wherever_it_stands_and_costs_nothing(steps, world):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance)[:steps]:
        move(job_id)

    cancel = {"jobs": world.jobs, "tasks": world.tasks, "sessions": world.sessions, "clock": world.clock}
    cancel_job(world.key, job_id, **cancel)
    world.advance(job_id)

    assert world.jobs.get(job_id).status is JobStatus.CANCELLED
    assert all(task.status is TaskStatus.FAILED for task in world.tasks.of_job(world.key.owner, job_id))
    assert world.ledger.balance(world.key.key_id) == 5
    assert world.approve(job_id) is Approval.TOO_LATE
    with pytest.raises(StaleJobError):
        cancel_job(world.key, job_id, **cancel)


def test_a_job_whose_task_was_deleted_fails_and_costs_nothing(world):
    job_id = world.uploaded()
    world.advance(job_id)
    world.approve(job_id)
    (task,) = world.tasks.of_job(world.key.owner, job_id)
    world.tasks.save(task.deleted(world.clock.now()))

    world.advance(job_id)

    assert world.jobs.get(job_id).status is JobStatus.FAILED
    assert world.kinds() == [EntryKind.RESERVED, EntryKind.RELEASED]
    assert world.ledger.balance(world.key.key_id) == 5


def test_a_job_that_nobody_approves_ends_after_a_week(world):
    job_id = world.uploaded()
    world.advance(job_id)
    world.clock.advance(timedelta(days=7))
    world.steps().expire()
    assert world.jobs.get(job_id).status is JobStatus.AWAITING

    world.clock.advance(timedelta(hours=1))
    world.steps().expire()

    assert world.jobs.get(job_id).status is JobStatus.FAILED
    assert [task.status for task in world.tasks.of_job(world.key.owner, job_id)] == [TaskStatus.FAILED]


def test_the_other_upload_of_a_job_is_refused(world):
    job_id = world.uploaded()

    take_upload(job_id, "once", jobs=world.jobs, clock=world.clock)
    with pytest.raises(StaleJobError):
        take_upload(job_id, "another", jobs=world.jobs, clock=world.clock)


def test_blocks_are_forgotten_once_no_job_needs_them(world):
    waiting, looked_at = world.uploaded(), world.uploaded()
    world.advance(looked_at)
    world.sessions.kept = {waiting, looked_at, "nobodys"}

    world.steps().expire()

    assert world.sessions.kept == {waiting}


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("calls", range(6))
def test_a_cancellation_that_is_interrupted_after_any_call_leaves_no_task_at_work(calls, steps, world):
    job_id = world.uploaded()
    for move in (world.advance, world.approve, world.advance)[:steps]:
        move(job_id)
    guarded = {name: world.switch.before(getattr(world, name)) for name in ("jobs", "tasks", "sessions")}

    world.switch.left = calls
    try:
        cancel_job(world.key, job_id, **guarded, clock=world.clock)
    except Interrupted:
        world.switch.left = 10**6
    world.steps().expire()

    has_ended = world.jobs.get(job_id).status is JobStatus.CANCELLED
    assert has_ended is (calls > 1)
    assert [task.status is TaskStatus.FAILED for task in world.of_job(job_id)] == [has_ended]
    assert world.ledger.balance(world.key.key_id) == (5 if has_ended or steps == 1 else 3)


def test_tasks_of_open_jobs_and_of_none_are_left_alone(world):
    job_id = world.uploaded()
    world.advance(job_id)
    world.tasks.add(Task.create(owner="ana", task_id=1, policy=FACES, webhook=None, now=world.clock.now()))

    world.steps().expire()

    assert {task.status for task in (*world.of_job(job_id), world.tasks.get("ana", 1))} == {TaskStatus.NEW}
