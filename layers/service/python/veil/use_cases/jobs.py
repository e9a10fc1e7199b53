"""Make jobs, show them, have them told, approve and cancel them: what a client asks of a job."""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, TypeVar
from uuid import uuid4

from veil.domain.api_key import ApiKey
from veil.domain.errors import JobNotFoundError, StaleJobError, StaleTaskError, TaskDeletedError, TaskNotFoundError
from veil.domain.job import OPEN, Job, JobChange, JobStatus
from veil.domain.policy import ObjectClass, Policy
from veil.domain.task import Task
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore, JobTaskStore, UploadSessions
from veil.use_cases.cancel_task import cancel_task

TRIES = 10
Outcome = TypeVar("Outcome")


class Approval(Enum):
    """What came of an approval."""

    GIVEN = auto()
    GIVEN_BEFORE = auto()
    TOO_EARLY = auto()
    TOO_LATE = auto()


class ShownJob(NamedTuple):
    """A job and its tasks."""

    job: Job
    tasks: tuple[Task, ...]


def create_job(
    key: ApiKey,
    policy: Policy,
    *,
    model: str,
    file_name: str,
    available: frozenset[ObjectClass],
    jobs: JobStore,
    clock: Clock,
    source: str = "",
) -> Job:
    """Record a new job that waits for its upload.

    Raises:
        ClassUnavailableError: No installed model finds a class that the policy asks for.
    """
    policy.require_classes(available)
    now = clock.now()
    job = Job(
        job_id=str(uuid4()),
        owner=key.owner,
        key_id=key.key_id,
        policy=policy,
        model=model,
        file_name=file_name,
        source=source,
        created_at=now,
        updated_at=now,
    )
    jobs.add(job)
    return job


def show_job(key: ApiKey, job_id: str, *, jobs: JobStore, tasks: JobTaskStore) -> ShownJob:
    """Return the key's job with its tasks.

    Raises:
        JobNotFoundError: There is none; another key's job looks the same.
    """
    return shown_job(_found(key, job_id, jobs), tasks=tasks)


def shown_job(job: Job, *, tasks: JobTaskStore) -> ShownJob:
    """Return the job with its tasks."""
    return ShownJob(job, tuple(tasks.of_job(job.owner, job.job_id)))


def approve_job(key: ApiKey, job_id: str, *, jobs: JobStore, clock: Clock) -> Approval:
    """Have the job worked on and take its cost; asking again takes nothing.

    Raises:
        JobNotFoundError: There is none; another key's job looks the same.
        InsufficientCreditError: The key has fewer credits than the job costs.
    """

    def approve(job: Job) -> Approval:
        if job.status is JobStatus.AWAITING:
            jobs.save(job.approved(clock.now()))
            return Approval.GIVEN
        if job.status in {JobStatus.NEW, JobStatus.UPLOADED}:
            return Approval.TOO_EARLY
        return Approval.GIVEN_BEFORE if job.status in {JobStatus.APPROVED, JobStatus.DONE} else Approval.TOO_LATE

    return _tried(lambda: approve(_found(key, job_id, jobs)))


def call_back(key: ApiKey, job_id: str, url: str, *, jobs: JobStore) -> None:
    """Have the job's events from now on told to the address, which somebody has checked.

    Raises:
        JobNotFoundError: There is none; another key's job looks the same.
        StaleJobError: It has ended.
    """
    _tried(lambda: jobs.save(_found(key, job_id, jobs).called_back(url)))


def take_upload(job_id: str, committed: str, *, jobs: JobStore, clock: Clock) -> None:
    """Note that the job's upload is complete; the same upload again changes nothing.

    Raises:
        JobNotFoundError: There is no such job.
        StaleJobError: It has another upload already, or takes none any more.
    """

    def take() -> None:
        job = jobs.get(job_id)
        if job is None:
            raise JobNotFoundError(f"There is no job {job_id}.")
        if job.committed != committed:
            jobs.save(job.uploaded(committed, clock.now()))

    _tried(take)


def cancel_job(
    key: ApiKey, job_id: str, *, jobs: JobStore, tasks: JobTaskStore, sessions: UploadSessions, clock: Clock
) -> Job:
    """End the job and its tasks, and give back what was taken.

    Raises:
        JobNotFoundError: There is none; another key's job looks the same.
        StaleJobError: It has ended already.
    """

    def cancel() -> JobChange:
        change = _found(key, job_id, jobs).cancelled(clock.now())
        jobs.save(change)
        return change

    job = _tried(cancel).job
    cancel_tasks(job, tasks=tasks, clock=clock)
    sessions.discard(job_id)
    return job


def fail_job(
    job: Job, reason: str, *, jobs: JobStore, tasks: JobTaskStore, sessions: UploadSessions, clock: Clock
) -> None:
    """End the job, unless it has ended, and its tasks with it, and give back what was taken.

    Raises:
        StaleJobError: Somebody else moved it.
    """
    if job.status in OPEN:
        jobs.save(job.failed(reason, clock.now()))
    cancel_tasks(job, tasks=tasks, clock=clock)
    sessions.discard(job.job_id)


def cancel_tasks(job: Job, *, tasks: JobTaskStore, clock: Clock) -> None:
    """End the tasks of a job that has ended."""
    for task in tasks.of_job(job.owner, job.job_id):
        try:
            cancel_task(job.owner, task.task_id, tasks=tasks, clock=clock)
        except (StaleTaskError, TaskDeletedError, TaskNotFoundError):
            continue  # it has ended by itself


def _found(key: ApiKey, job_id: str, jobs: JobStore) -> Job:
    job = jobs.get(job_id)
    if job is None or job.key_id != key.key_id:
        raise JobNotFoundError(f"There is no job {job_id}.")
    return job


def _tried(attempt: Callable[[], Outcome], *, tries: int = TRIES) -> Outcome:
    """Return what an attempt returns, made again if somebody else changed the job meanwhile."""
    try:
        return attempt()
    except StaleJobError:
        if tries == 1:
            raise
        return _tried(attempt, tries=tries - 1)
