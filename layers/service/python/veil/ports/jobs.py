"""What jobs need of the world: a place for them, for their uploads, and somebody who measures these."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from veil.domain.job import Job, JobChange, JobStatus
from veil.domain.media import Upload
from veil.domain.task import Task, TaskStatus
from veil.ports.stores import TaskStore


class JobStore(Protocol):
    """Keeps jobs, each change with what it changes of credits and what of it is told."""

    def add(self, job: Job) -> None:
        """Save a new job.

        Raises:
            TooManyJobsError: Its key has as many open jobs as one may have.
        """

    def save(self, change: JobChange) -> None:
        """Replace the job's version before this one, add the entry and see to what the event asks for: all or nothing.

        Raises:
            StaleJobError: The stored version is not the one before.
            InsufficientCreditError: The key has fewer credits than the entry takes.
        """

    def get(self, job_id: str) -> Job | None:
        """Return the job, or None."""

    def in_status(self, statuses: Collection[JobStatus], *, created_until: datetime | None = None) -> Sequence[Job]:
        """Return the oldest jobs in these statuses, at most some thousand; with a time, those created by then."""


class EndedJobs(Protocol):
    """Records of jobs that are over, where they do not vanish by themselves."""

    def remove_ended(self, moment: datetime) -> None:
        """Forget the jobs that ended by then."""

    def remove(self, job_id: str) -> None:
        """Forget the job if it has ended."""


class JobTaskStore(TaskStore, Protocol):
    """Tasks that can be found by their job."""

    def of_job(self, owner: str, job_id: str) -> Sequence[Task]:
        """Return the job's tasks, oldest first."""

    def count_of_job(self, owner: str, job_id: str) -> Mapping[TaskStatus, int]:
        """Return how many of the job's tasks are in each status: what `of_job` would cost too much for."""


class UploadSessions(Protocol):
    """Takes a job's upload in blocks and keeps it until the job has been looked at."""

    def head(self, job: Job) -> bytes:
        """Return the first bytes of what the job took as its upload, b"" where it is gone."""

    def fetch(self, job: Job, into: Path) -> Path:
        """Return a local copy of what the job took as its upload inside the folder `into`.

        Raises:
            FileNotFoundError: It is gone.
        """

    def collect(self, job: Job, key: str) -> Upload | None:
        """Keep what the job took as its upload under the media key and tell of it; twice is as good as once."""

    def job_ids(self) -> Sequence[str]:
        """Return the jobs that have blocks here."""

    def discard(self, job_id: str) -> None:
        """Forget every block of the job."""


class JobResults(Protocol):
    """A place outside the service for the results of jobs."""

    def keep(self, job: Job, tasks: Sequence[Task]) -> None:
        """Put the results of the job's tasks there; twice is as good as once."""


class JobsFolder(JobResults, Protocol):
    """A folder that clients share with the service: they name files in it, and find results there."""

    def require(self, path: str) -> None:
        """Refuse a path that cannot be taken.

        Raises:
            JobFileError: It names no regular file below the folder, or leads over a link.
        """

    def take(self, job: Job) -> str:
        """Keep a copy of the file at the job's source as its upload, and return the name of that.

        Raises:
            JobFileError: As `require` does.
            RequestError: The file is larger than is taken.
        """

    def discard(self, job_id: str) -> None:
        """Delete the job's results, if there are any."""


class VideoProbe(Protocol):
    """Measures videos that nobody has looked at yet."""

    def seconds(self, file: Path) -> float:
        """Return how long the video's pictures last, whatever its head says of it.

        Raises:
            AnonymizationError: It cannot be read.
        """
