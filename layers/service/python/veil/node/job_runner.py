"""Moves jobs on: looks at uploads, starts tasks and ends jobs, from threads of its own."""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple

from aws_lambda_powertools import Logger

from veil.domain.job import DUE, Job, JobStatus
from veil.use_cases.advance_job import JobSteps

PATIENCE_SECONDS = 0.3
EXPIRY_SECONDS = 60.0
PAUSE_SECONDS = 5.0
# A look at an upload may take minutes. So it has threads of its own, and only as many wait for these as can begin.
LOOKS_AT_ONCE = 3
STEPS_AT_ONCE = 4


class _RunningStep(NamedTuple):
    job: Job
    step: Future[None]


class JobRunner:
    """A thread that looks for jobs with something due, and pools that do it."""

    def __init__(self, steps: JobSteps) -> None:
        """Start nothing yet."""
        self._steps = steps
        self._looks = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix="look")
        self._pool = ThreadPoolExecutor(STEPS_AT_ONCE, thread_name_prefix="job")
        self._busy: dict[str, _RunningStep] = {}
        self._turn = count(1)
        self._turns: dict[str, int] = {}
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
        for pool in (self._looks, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)

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
        self._busy = {job_id: busy for job_id, busy in self._busy.items() if not busy.step.done()}
        waiting = [job for job in self._steps.jobs.in_status(DUE) if job.job_id not in self._busy]
        for job in waiting:
            if job.status is JobStatus.APPROVED:
                self._submit(job, self._pool)
        uploaded = [job for job in waiting if job.status is JobStatus.UPLOADED]
        at_work = Counter(busy.job.owner for busy in self._busy.values() if busy.job.status is JobStatus.UPLOADED)
        for job in in_turn(uploaded, at_work, self._turns)[: LOOKS_AT_ONCE - at_work.total()]:
            self._turns[job.owner] = next(self._turn)
            self._submit(job, self._looks)

    def _submit(self, job: Job, pool: ThreadPoolExecutor) -> None:
        self._busy[job.job_id] = _RunningStep(job, pool.submit(self._advance, job))

    def _advance(self, job: Job) -> None:
        try:
            self._steps.advance(job)
        except Exception:  # thread boundary: the job is looked at again, and no other has to wait for it
            self._logger.exception("a job will be looked at again", extra={"job_id": job.job_id})
            # What is out of order now, such as a full disk, is not mended by reading gigabytes again at once.
            self._stopped.wait(PAUSE_SECONDS)


def in_turn(jobs: Iterable[Job], at_work: Mapping[str, int], turns: Mapping[str, int]) -> list[Job]:
    """Return the jobs in fair turns between their owners.

    First comes who has the fewest at work, among several who had the last turn longest ago, and then the oldest job.
    """
    ranks, ranked = Counter(at_work), []
    for job in jobs:
        ranked.append((ranks[job.owner], turns.get(job.owner, 0), job))
        ranks[job.owner] += 1
    return [job for _, _, job in sorted(ranked, key=lambda each: each[:2])]
