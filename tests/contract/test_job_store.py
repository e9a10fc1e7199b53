"""What every store of jobs promises."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from veil.domain.errors import InsufficientCreditError, StaleJobError
from veil.domain.job import OPEN, UNAPPROVED, JobStatus
from veil.domain.origin import Origin
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, TaskStatus
from veil.use_cases.jobs import Approval, approve_job

MINUTE = timedelta(minutes=1)


@pytest.fixture
def awaiting(of_jobs, new_job, clock):
    """Saves a job that awaits the approval of a cost."""

    def build(cost, job_id="j"):
        uploaded = new_job(job_id).uploaded("list", clock.now())
        of_jobs.jobs.save(uploaded)
        priced = uploaded.job.priced(cost, clock.now())
        of_jobs.jobs.save(priced)
        return priced.job

    return build


def test_a_job_is_read_back_as_it_was(of_jobs, new_job):
    job = new_job(file_name="Ürlaub.mp4")

    assert of_jobs.jobs.get("j") == job
    assert of_jobs.jobs.get("other") is None


def test_a_change_takes_its_credits_with_it(of_jobs, awaiting, clock):
    approved = awaiting(4).approved(clock.now())

    of_jobs.jobs.save(approved)
    assert (of_jobs.jobs.get("j").status, of_jobs.ledger.balance("k")) == (JobStatus.APPROVED, 6)

    of_jobs.jobs.save(approved.job.failed("no picture", clock.now()))
    assert (of_jobs.jobs.get("j").reason, of_jobs.ledger.balance("k")) == ("no picture", 10)


def test_what_cannot_be_paid_changes_nothing(of_jobs, awaiting, clock):
    job = awaiting(11)

    with pytest.raises(InsufficientCreditError):
        of_jobs.jobs.save(job.approved(clock.now()))

    assert of_jobs.jobs.get("j") == job
    assert of_jobs.ledger.balance("k") == 10


def test_a_change_of_an_older_version_changes_nothing(of_jobs, awaiting, clock):
    job = awaiting(1)
    of_jobs.jobs.save(job.approved(clock.now()))

    for stale in (job.cancelled(clock.now()), job.approved(clock.now())):
        with pytest.raises(StaleJobError):
            of_jobs.jobs.save(stale)

    assert of_jobs.jobs.get("j").status is JobStatus.APPROVED
    assert of_jobs.ledger.balance("k") == 9


def test_approvals_at_once_charge_once(of_jobs, awaiting, key, clock):
    awaiting(4)

    with ThreadPoolExecutor(4) as at_once:
        given = list(at_once.map(lambda _: approve_job(key, "j", jobs=of_jobs.jobs, clock=clock), range(4)))

    assert sorted(given, key=lambda each: each.value) == [Approval.GIVEN, *[Approval.GIVEN_BEFORE] * 3]
    assert of_jobs.ledger.balance("k") == 6


def test_the_call_that_a_transition_asks_for_is_saved_with_it(of_jobs, awaiting, clock):
    watched = awaiting(1).called_back("https://example.org/jobs")
    of_jobs.jobs.save(watched)
    approved = watched.job.approved(clock.now())
    of_jobs.jobs.save(approved)
    assert of_jobs.deliveries.due(clock.now(), 10) == []

    done = approved.job.finished(clock.now())
    of_jobs.jobs.save(done)

    (call,) = of_jobs.deliveries.due(clock.now(), 10)
    assert (call.delivery_id, call.job_id, call.url) == (done.event.event_id, "j", "https://example.org/jobs")
    assert of_jobs.jobs.get("j").callback == "https://example.org/jobs"


def test_open_jobs_are_listed_by_status_and_age_oldest_first(of_jobs, new_job, clock):
    jobs = [new_job(str(age), created_at=clock.now() - age * MINUTE) for age in range(3)]
    of_jobs.jobs.save(jobs[1].uploaded("list", clock.now()))
    of_jobs.jobs.save(jobs[0].cancelled(clock.now()))

    def listed(statuses, **asked):
        return [job.job_id for job in of_jobs.jobs.in_status(statuses, **asked)]

    assert listed(OPEN) == ["2", "1"]
    assert listed({JobStatus.UPLOADED}) == ["1"]
    assert listed(UNAPPROVED, created_until=clock.now() - 2 * MINUTE) == ["2"]
    assert listed(UNAPPROVED, created_until=clock.now() - 3 * MINUTE) == []


def test_the_tasks_of_a_job_are_found_by_it_oldest_first(of_jobs, clock):
    def add(task_id, owner="ana", job="j"):
        told = {"policy": Policy(face=ClassRule(hide=True)), "webhook": None, "now": clock.now()}
        created = Task.create(owner=owner, task_id=task_id, origin=Origin(job=job), **told)
        of_jobs.tasks.add(created)
        return created.task

    tasks = [add(10), add(9)]
    add(11, job="other")
    of_jobs.tasks.save(tasks[0].cancelled(clock.now()))

    assert [task.task_id for task in of_jobs.tasks.of_job("ana", "j")] == [9, 10]
    assert of_jobs.tasks.count_of_job("ana", "j") == {TaskStatus.NEW: 1, TaskStatus.FAILED: 1}
    assert of_jobs.tasks.of_job("ben", "j") == []
    assert of_jobs.tasks.of_job("ana", "none") == []
