"""Move a job on by itself: look at its upload, start its tasks, end it when they have ended.

Each step may be interrupted anywhere and done again: what was done before is found and not done twice.
"""

from contextlib import suppress
from dataclasses import dataclass

from veil.domain.causes import FailureCause
from veil.domain.errors import (
    AnonymizationError,
    InsufficientCreditError,
    RequestError,
    StaleJobError,
    StaleTaskError,
    TaskDeletedError,
    TaskNotFoundError,
    UploadRefusedError,
)
from veil.domain.job import OPEN, Job, JobStatus
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.ports.clock import Clock
from veil.ports.jobs import JobResults, JobStore, JobTaskStore, UploadSessions
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.expire_jobs import expire_jobs
from veil.use_cases.inspect_upload import Inspection, why_nothing
from veil.use_cases.jobs import cancel_tasks, fail_job


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSteps:
    """What jobs are moved on with.

    Attributes:
        inspection: Looks at uploads.
        results: Where results of files of the jobs folder are put, if there is one.
        auto_approve: Whether a job whose key has enough credits needs nobody's approval.
    """

    jobs: JobStore
    tasks: JobTaskStore
    sessions: UploadSessions
    clock: Clock
    intake: UploadIntake
    inspection: Inspection
    results: JobResults | None = None
    auto_approve: bool = False

    def advance(self, job: Job) -> None:
        """Do what is due for a job now, if anything is."""
        step = {JobStatus.UPLOADED: self._inspect, JobStatus.APPROVED: self._work}.get(job.status)
        try:
            if step is not None:
                step(job)
        except StaleJobError:
            self._clear_up(job)

    def expire(self) -> None:
        """End the jobs that nobody approved in time, and what a crash left of ended ones: their tasks and blocks."""
        expire_jobs(jobs=self.jobs, tasks=self.tasks, sessions=self.sessions, clock=self.clock)

    def _clear_up(self, job: Job) -> None:
        """Somebody else moved the job on in this very moment; if that ended it, end the tasks that were made since."""
        newest = self.jobs.get(job.job_id)
        if newest is not None and newest.status not in OPEN:
            cancel_tasks(newest, tasks=self.tasks, clock=self.clock)

    def _inspect(self, job: Job) -> None:
        try:
            cost = self.inspection.cost(job)
        except (AnonymizationError, RequestError) as error:
            self._fail(job, str(error))
            return
        priced = job.priced(cost, self.clock.now())
        self.jobs.save(priced)
        self.sessions.discard(job.job_id)
        if self.auto_approve:
            self._approve(priced.job)

    def _approve(self, job: Job) -> None:
        try:
            self.jobs.save(job.approved(self.clock.now()))
        except InsufficientCreditError:
            return  # it waits until there are enough, and for an approval

    def _work(self, job: Job) -> None:
        counts = self.tasks.count_of_job(job.owner, job.job_id)
        if TaskStatus.NEW in counts:
            self._start_all(job)
        elif not UNFINISHED & counts.keys():
            self._end(job)

    def _end(self, job: Job) -> None:
        tasks = self.tasks.of_job(job.owner, job.job_id)
        lost = [task for task in tasks if task.status is not TaskStatus.DONE]
        if len(lost) == len(tasks):
            self._fail(job, why_nothing(tasks))
            return
        if self.results is not None and job.source:
            self.results.keep(job, tasks)
        self.jobs.save(job.finished(self.clock.now(), unused=sum(task.origin.cost or 0 for task in lost)))

    def _start_all(self, job: Job) -> None:
        for task in self.tasks.of_job(job.owner, job.job_id):
            if task.status is TaskStatus.NEW:
                # It may have been cancelled or forgotten meanwhile.
                with suppress(StaleTaskError, UploadRefusedError, TaskDeletedError, TaskNotFoundError):
                    self._start(task)

    def _start(self, task: Task) -> None:
        if self.intake.accept_landed(task.owner, task.task_id) is None:
            self.tasks.save(task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, self.clock.now()))

    def _fail(self, job: Job, reason: str) -> None:
        fail_job(job, reason, jobs=self.jobs, tasks=self.tasks, sessions=self.sessions, clock=self.clock)
