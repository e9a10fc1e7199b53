"""Jobs as answers and callbacks show them (section 1.6)."""

import json
from collections.abc import Callable
from typing import Any

from veil.contracts.syntonym.output_names import output_names
from veil.domain.job import Job, JobStatus
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact
from veil.domain.task import Task, TaskStatus
from veil.http.file_id import file_id_of
from veil.ports.media import MediaStore
from veil.use_cases.jobs import ShownJob

DONE, FAILED = 100, 200
_WORDS = {
    JobStatus.NEW: "waiting for the upload",
    JobStatus.UPLOADED: "looking at the upload",
    JobStatus.AWAITING: "awaiting approval",
    JobStatus.APPROVED: "processing",
    JobStatus.DONE: "completed",
}
_ENDED = {JobStatus.DONE: DONE, JobStatus.FAILED: FAILED, JobStatus.CANCELLED: FAILED}
_APPROVED = frozenset({JobStatus.APPROVED, JobStatus.DONE})
_GIVEN_BACK = frozenset({JobStatus.FAILED, JobStatus.CANCELLED})
_WAITING = frozenset({TaskStatus.NEW, TaskStatus.QUEUED})


def job_report(shown: ShownJob, media: MediaStore) -> dict[str, Any]:
    """Return the JobReport. Its links are new in every answer."""
    job, tasks = shown
    has_failed = any(task.status is TaskStatus.FAILED for task in tasks)
    cost = _charged(job.cost, is_given_back=job.status in _GIVEN_BACK)
    return {
        "job_id": job.job_id,
        "job_status": _status(job, tasks),
        "job_status_description": _description(job),
        "job_total_credit_cost": cost,
        "total_credit_cost": cost,
        "created_at": f"{job.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "input_file": job.file_name,
        "model": job.model,
        "has_errors": job.status is JobStatus.FAILED or has_failed,
        "is_approved": job.status in _APPROVED,
        "cancelled": job.status is JobStatus.CANCELLED,
        "tasks": [_task(job, task, name, media) for task, name in zip(tasks, output_names(shown), strict=True)],
    }


def file_job_report(shown: ShownJob, media: MediaStore) -> dict[str, Any]:
    """Return the job object of the backend API (section 2.2), whose input is a path."""
    report = job_report(shown, media)
    kept = ("job_id", "created_at", "tasks", "has_errors", "is_approved", "cancelled")
    return {"status": report["job_status"], "input_file": shown.job.source, **{name: report[name] for name in kept}}


def job_standing(shown: ShownJob) -> dict[str, Any]:
    """Return how far a job is, in the backend API's words."""
    job, tasks = shown
    return {"job_id": job.job_id, "status": _status(job, tasks), "status_detail": _description(job)}


def task_standing(task: Task) -> dict[str, Any]:
    """Return how far a task is, in the backend API's words."""
    detail = task.failure if task.failure_cause else task.status.value
    return {"task_id": file_id_of(task.task_id), "task_status": _task_status(task), "status_detail": detail}


def callback_body(shown: ShownJob, media: MediaStore) -> str:
    """Return what a job's callback is told: its report as it is now."""
    return json.dumps(job_report(shown, media), separators=(",", ":"))


def _description(job: Job) -> str:
    return job.reason or _WORDS.get(job.status, job.status.value)


def _status(job: Job, tasks: tuple[Task, ...]) -> int:
    if job.status is not JobStatus.APPROVED:
        return _ENDED.get(job.status, 0)
    if all(task.status in _WAITING for task in tasks):
        return 0
    done = sum(0 if task.status in _WAITING else _task_progress(task) for task in tasks)
    return min(max(done // len(tasks), 1), DONE - 1)


def _task_progress(task: Task) -> int:
    return _progress(task) if task.status is TaskStatus.PROCESSING else DONE


def _progress(task: Task) -> int:
    return min(max(task.progress, 1), DONE - 1)


def _task(job: Job, task: Task, output_file: str, media: MediaStore) -> dict[str, Any]:
    key = task.key_of(Artifact.ANONYMIZED) if job.status is JobStatus.DONE else None
    price = job.cost if task.origin.cost is None else task.origin.cost
    is_given_back = task.status is TaskStatus.FAILED or job.status in _GIVEN_BACK
    return {
        "task_id": file_id_of(task.task_id),
        "task_status": _task_status(task),
        "task_status_description": task.failure if task.failure_cause else "",
        "input_file": task.origin.name or job.file_name,
        "output_file": output_file,
        "download_link": media.download_url(key, life=DOWNLOAD_URL_LIFE) if key else None,
        "credit_cost": _charged(price, is_given_back=is_given_back),
    }


def _charged(price: int | None, *, is_given_back: bool) -> int | None:
    return 0 if price and is_given_back else price


def _task_status(task: Task) -> int:
    ended: dict[TaskStatus, Callable[[], int]] = {
        TaskStatus.DONE: lambda: DONE,
        TaskStatus.FAILED: lambda: FAILED,
        TaskStatus.DELETED: lambda: FAILED,
        TaskStatus.PROCESSING: lambda: _progress(task),
    }
    return ended.get(task.status, lambda: 0)()
