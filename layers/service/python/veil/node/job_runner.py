"""Moves jobs on: looks at uploads, starts tasks and ends jobs, from threads of its own."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic

from aws_lambda_powertools import Logger

from veil.domain.job import Job, JobStatus
from veil.use_cases.advance_job import JobSteps

PATIENCE_SECONDS = 0.3
EXPIRY_SECONDS = 60.0
# One large upload must not hold up the jobs behind it.
JOBS_AT_ONCE = 4
_MOVING = frozenset({JobStatus.UPLOADED, JobStatus.APPROVED})


class JobRunner:
    """A thread that looks for jobs with something due, and a pool that does it."""

    def __init__(self, steps: JobSteps) -> None:
        """Start nothing yet."""
        self._steps = steps
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="job")
        self._busy: dict[str, Future[None]] = {}
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)
        self._logger = Logger(service="veil", child=True)

    def start(self) -> None:
        """Begin to move jobs on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the steps under way; the rest waits in the store."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        expiry_due = monotonic()
        while not self._stopped.wait(PATIENCE_SECONDS):
            try:
                self._look()
                if monotonic() >= expiry_due:
                    self._steps.expire()
                    expiry_due = monotonic() + EXPIRY_SECONDS
            except Exception:  # thread boundary: one bad moment must not end all jobs
                self._logger.exception("jobs will be looked at again")

    def _look(self) -> None:
        self._busy = {job_id: step for job_id, step in self._busy.items() if not step.done()}
        for job in self._steps.jobs.in_status(_MOVING):
            if job.job_id not in self._busy:
                self._busy[job.job_id] = self._pool.submit(self._advance, job)

    def _advance(self, job: Job) -> None:
        try:
            self._steps.advance(job)
        except Exception:  # thread boundary: the job is looked at again, and no other has to wait for it
            self._logger.exception("a job will be looked at again", extra={"job_id": job.job_id})
