from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.client import wait_until
from veil.domain.job import Job, JobStatus
from veil.domain.policy import ClassRule, Policy
from veil.node.job_runner import LOOKS_AT_ONCE, JobRunner, in_turn

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def job_of(owner, number, status=JobStatus.UPLOADED):
    told = {"key_id": owner, "model": "blur", "file_name": "a.jpg", "policy": Policy(face=ClassRule(hide=True))}
    times = {"created_at": NOW + timedelta(seconds=number), "updated_at": NOW}
    return Job(job_id=f"{owner}{number}", owner=owner, status=status, **told, **times)


@given(st.lists(st.sampled_from("abc"), max_size=20), st.dictionaries(st.sampled_from("abc"), st.integers(1, 9)))
def test_every_owners_first_comes_before_any_owners_second(owners, turns):
    jobs = [job_of(owner, number) for number, owner in enumerate(owners)]

    ordered = in_turn(jobs, {}, turns)

    assert sorted(job.job_id for job in ordered) == sorted(job.job_id for job in jobs)
    ranks = [sum(other.owner == job.owner for other in ordered[:place]) for place, job in enumerate(ordered)]
    assert ranks == sorted(ranks)
    for owner in set(owners):
        mine = [job for job in ordered if job.owner == owner]
        assert mine == sorted(mine, key=lambda job: job.created_at)


def test_who_has_something_at_work_waits_for_who_has_not():
    jobs = [job_of("a", 0), job_of("b", 1)]

    assert [job.owner for job in in_turn(jobs, {"a": 1}, {})] == ["b", "a"]
    assert [job.owner for job in in_turn(jobs, {}, {"a": 5, "b": 4})] == ["b", "a"]


class SlowSteps:
    """Steps that last until they are let go; the jobs are their own store."""

    def __init__(self, jobs):
        self.jobs, self.listed, self.go = self, list(jobs), Event()
        self.begun = []

    def in_status(self, statuses):
        return [job for job in self.listed if job.status in statuses]

    def advance(self, job):
        self.begun.append(job.job_id)
        if job.status is JobStatus.UPLOADED:
            self.go.wait(30)
        self.listed.remove(job)

    def expire(self):
        pass


@pytest.fixture
def run():
    """Starts a runner on steps; lets everything end with the test."""
    started = []

    def start(steps):
        runner = JobRunner(steps)
        started.append((runner, steps))
        runner.start()

    yield start
    for runner, steps in started:
        steps.go.set()
        runner.stop()


def test_many_uploads_of_one_owner_hold_up_no_approved_job_and_no_other_owner_for_long(run):
    steps = SlowSteps([job_of("a", number) for number in range(20)])
    run(steps)
    wait_until(lambda: len(steps.begun) == LOOKS_AT_ONCE)

    steps.listed += [job_of("b", 30), replace(job_of("a", 31), status=JobStatus.APPROVED)]
    wait_until(lambda: "a31" in steps.begun)
    steps.go.set()
    wait_until(lambda: "b30" in steps.begun)

    assert steps.begun.index("b30") < LOOKS_AT_ONCE + 1 + LOOKS_AT_ONCE
