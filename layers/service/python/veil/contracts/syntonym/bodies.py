"""Jobs as answers and callbacks show them (section 1.6)."""

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

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
_JPEG_SUFFIXES = frozenset({".jpg", ".jpeg"})


def job_report(shown: ShownJob, media: MediaStore) -> dict[str, Any]:
    """Return the JobReport. Its links are new in every answer."""
    job, tasks = shown
    return {
        "job_id": job.job_id,
        "job_status": _status(job, tasks),
        "job_status_description": job.reason or _WORDS.get(job.status, job.status.value),
        "job_total_credit_cost": job.cost,
        "total_credit_cost": job.cost,
        "created_at": f"{job.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "input_file": job.file_name,
        "model": job.model,
        "has_errors": job.status is JobStatus.FAILED,
        "is_approved": job.status in _APPROVED,
        "cancelled": job.status is JobStatus.CANCELLED,
        "tasks": [_task(job, task, media) for task in tasks],
    }


def callback_body(shown: ShownJob, media: MediaStore) -> str:
    """Return what a job's callback is told: its report as it is now."""
    return json.dumps(job_report(shown, media), separators=(",", ":"))


def output_name(file_name: str, suffix: str) -> str:
    """Return the name of a result: another than the input's, so that nobody's original is written over."""
    own = PurePosixPath(file_name)
    is_same_kind = suffix in _JPEG_SUFFIXES and own.suffix.lower() in _JPEG_SUFFIXES
    return f"{own.stem or 'file'}_anon{own.suffix if is_same_kind else suffix}"


def _status(job: Job, tasks: tuple[Task, ...]) -> int:
    at_work = [_progress(task) for task in tasks if task.status is TaskStatus.PROCESSING]
    is_at_work = job.status is JobStatus.APPROVED and at_work
    return sum(at_work) // len(at_work) if is_at_work else _ENDED.get(job.status, 0)


def _progress(task: Task) -> int:
    return min(max(task.progress, 1), DONE - 1)


def _task(job: Job, task: Task, media: MediaStore) -> dict[str, Any]:
    key = task.key_of(Artifact.ANONYMIZED) if job.status is JobStatus.DONE else None
    suffix = task.media_type.result.suffix if task.media_type else ""
    return {
        "task_id": file_id_of(task.task_id),
        "task_status": _task_status(task),
        "task_status_description": task.failure if task.failure_cause else "",
        "input_file": job.file_name,
        "output_file": output_name(job.file_name, suffix),
        "download_link": media.download_url(key, life=DOWNLOAD_URL_LIFE) if key else None,
        "credit_cost": job.cost,
    }


def _task_status(task: Task) -> int:
    ended: dict[TaskStatus, Callable[[], int]] = {
        TaskStatus.DONE: lambda: DONE,
        TaskStatus.FAILED: lambda: FAILED,
        TaskStatus.DELETED: lambda: FAILED,
        TaskStatus.PROCESSING: lambda: _progress(task),
    }
    return ended.get(task.status, lambda: 0)()
