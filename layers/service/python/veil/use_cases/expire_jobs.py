"""Jobs that nobody approved in time, and what a crash may leave of those that ended."""

from contextlib import suppress
from datetime import timedelta
from functools import cache

from veil.domain.errors import StaleJobError, StaleTaskError, TaskDeletedError, TaskNotFoundError
from veil.domain.job import OPEN, SESSION_LIFE, UNAPPROVED, JobStatus
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore, JobTaskStore, UploadSessions
from veil.use_cases.cancel_task import cancel_task
from veil.use_cases.jobs import fail_job

TOO_LATE = f"not uploaded and approved within {SESSION_LIFE.days} days"
# What began just before a session's end may still be under way.
_SPARE = timedelta(hours=1)
_NEEDING_BLOCKS = frozenset({JobStatus.NEW, JobStatus.UPLOADED})


def expire_jobs(*, jobs: JobStore, tasks: JobTaskStore, sessions: UploadSessions, clock: Clock) -> None:
    """End the jobs that nobody approved in time, and what a crash left of ended ones: their tasks and blocks."""
    for job in jobs.in_status(UNAPPROVED, created_until=clock.now() - SESSION_LIFE - _SPARE):
        with suppress(StaleJobError):  # it was uploaded or approved in this very moment
            fail_job(job, TOO_LATE, jobs=jobs, tasks=tasks, sessions=sessions, clock=clock)
    for job_id in sessions.job_ids():
        kept = jobs.get(job_id)
        if kept is None or kept.status not in _NEEDING_BLOCKS:
            # A crash, or a block that came late, left them.
            sessions.discard(job_id)
    _end_left_behind(jobs, tasks, clock)


def _end_left_behind(jobs: JobStore, tasks: JobTaskStore, clock: Clock) -> None:
    """End the tasks of ended jobs, which a crash in the middle of a cancellation would leave at work."""

    @cache
    def has_ended(job_id: str) -> bool:
        job = jobs.get(job_id)
        return job is None or job.status not in OPEN

    for task in tasks.unfinished():
        if task.origin.job is not None and has_ended(task.origin.job):
            with suppress(StaleTaskError, TaskDeletedError, TaskNotFoundError):  # it has ended by itself
                cancel_task(task.owner, task.task_id, tasks=tasks, clock=clock)
