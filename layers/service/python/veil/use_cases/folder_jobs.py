"""Jobs on files of a folder that clients share with the service: what the backend API asks beyond other jobs."""

from collections.abc import Callable
from contextlib import suppress
from time import sleep

from veil.domain.api_key import ApiKey
from veil.domain.errors import RequestError, StaleJobError, TaskNotFoundError
from veil.domain.job import OPEN, Job, JobStatus
from veil.domain.policy import ObjectClass, Policy
from veil.domain.task import Task
from veil.ports.clock import Clock
from veil.ports.jobs import EndedJobs, JobsFolder, JobStore, JobTaskStore
from veil.ports.media import MediaStore
from veil.use_cases.change import find
from veil.use_cases.forget_task import Parts, forget_task
from veil.use_cases.jobs import create_job, show_job, take_upload

PATIENCE_SECONDS = 0.1
WAITS = 100


def job_of_file(
    key: ApiKey,
    policy: Policy,
    path: str,
    *,
    model: str,
    file_name: str,
    available: frozenset[ObjectClass],
    folder: JobsFolder,
    jobs: JobStore,
    clock: Clock,
) -> Job:
    """Make a job whose upload is a copy of the file, so that nobody changes what is worked on.

    Raises:
        JobFileError: There is no such file.
        RequestError: It is too large.
        ClassUnavailableError: No installed model finds a class that the policy asks for.
    """
    folder.require(path)
    job = create_job(
        key, policy, model=model, file_name=file_name, available=available, jobs=jobs, clock=clock, source=path
    )
    try:
        committed = folder.take(job)
    except RequestError as error:
        jobs.save(job.failed(str(error), clock.now()))
        raise
    take_upload(job.job_id, committed, jobs=jobs, clock=clock)
    return job


def wait_for_price(job_id: str, *, jobs: JobStore, wait: Callable[[float], None] = sleep) -> None:
    """Wait some seconds for somebody to have looked at the job's upload: nothing can be approved before."""
    for _ in range(WAITS):
        job = jobs.get(job_id)
        if job is None or job.status is not JobStatus.UPLOADED:
            return
        wait(PATIENCE_SECONDS)


def show_task_of_job(key: ApiKey, task_id: int, *, jobs: JobStore, tasks: JobTaskStore) -> Task:
    """Return a task of one of the key's jobs.

    Raises:
        TaskNotFoundError: There is none; another key's task looks the same.
    """
    task = find(tasks, key.owner, task_id)
    job = jobs.get(task.origin.job) if task.origin.job else None
    if job is None or job.key_id != key.key_id:
        raise TaskNotFoundError(f"There is no task {task_id}.")
    return task


def delete_job(
    key: ApiKey,
    job_id: str,
    *,
    jobs: JobStore,
    ended: EndedJobs,
    tasks: JobTaskStore,
    media: MediaStore,
    folder: JobsFolder,
    clock: Clock,
) -> None:
    """Forget a job that has ended, its tasks and its results; the file that it was made of stays.

    Raises:
        JobNotFoundError: There is none; another key's job looks the same.
        StaleJobError: It has not ended.
    """
    job, of_job = show_job(key, job_id, jobs=jobs, tasks=tasks)
    if job.status in OPEN:
        raise StaleJobError(f"Job {job_id} is {job.status}; only jobs that have ended can be deleted.")
    for task in of_job:
        with suppress(TaskNotFoundError):  # it was forgotten in this very moment
            forget_task(task.owner, task.task_id, Parts(), tasks=tasks, media=media, clock=clock)
    folder.discard(job_id)
    ended.remove(job_id)
