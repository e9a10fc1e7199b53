"""A job's results as files, for whoever wants them all at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from veil.contracts.syntonym.output_names import output_names
from veil.contracts.syntonym.refusals import RefusedError, answered
from veil.contracts.syntonym.routes import JobsBackend
from veil.domain.api_key import Scope
from veil.domain.job import JobStatus
from veil.domain.media import Artifact
from veil.http.response import Response
from veil.use_cases.jobs import show_job

JOB_ARCHIVE_PATH = "/v1/job_archive/{job_id}"


class ResultFile(NamedTuple):
    """One result: what it is called, and its media key."""

    name: str
    key: str
    made_at: datetime


def job_results(backend: JobsBackend, headers: Mapping[str, str], job_id: str) -> tuple[ResultFile, ...] | Response:
    """Return the results of the caller's job, or why there are none."""
    return answered(lambda: _results(backend, headers, job_id))


def _results(backend: JobsBackend, headers: Mapping[str, str], job_id: str) -> tuple[ResultFile, ...]:
    key = backend.caller(headers, Scope.JOBS_READ)
    shown = show_job(key, job_id, jobs=backend.jobs, tasks=backend.tasks)
    if shown.job.status is not JobStatus.DONE:
        raise RefusedError(400, "The job has no results, or none yet; its report says more.")
    named = zip(shown.tasks, output_names(shown), strict=True)
    keyed = ((task, name, task.key_of(Artifact.ANONYMIZED)) for task, name in named)
    return tuple(ResultFile(name, key, task.updated_at) for task, name, key in keyed if key is not None)
