"""Move a job on by itself: look at its upload, start its tasks, end it when they have ended.

Each step may be interrupted anywhere and done again: what was done before is found and not done twice.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from veil.domain.causes import FailureCause
from veil.domain.credits import Measure, Prices
from veil.domain.errors import AnonymizationError, InsufficientCreditError, RequestError, StaleJobError
from veil.domain.job import OPEN, SESSION_LIFE, UNAPPROVED, Job, JobStatus
from veil.domain.media import MediaType, UploadLimits, original_key
from veil.domain.origin import Origin
from veil.domain.policy import ObjectClass
from veil.domain.task import UNFINISHED, Task, TaskStatus
from veil.domain.upload_check import Refusal, check_upload
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore, JobTaskStore, UploadSessions, VideoProbe
from veil.ports.media import MediaStore
from veil.ports.queue import Offers
from veil.use_cases.accept_upload import LIMITS, accept_upload
from veil.use_cases.create_task import create_task
from veil.use_cases.jobs import cancel_tasks
from veil.use_cases.refuse_upload import refuse_upload

_NEEDING_BLOCKS = frozenset({JobStatus.NEW, JobStatus.UPLOADED})
TOO_LATE = f"not uploaded and approved within {SESSION_LIFE.days} days"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSteps:
    """What jobs are moved on with.

    Attributes:
        available: The classes that an installed model finds.
        auto_approve: Whether a job whose key has enough credits needs nobody's approval.
    """

    jobs: JobStore
    tasks: JobTaskStore
    media: MediaStore
    sessions: UploadSessions
    probe: VideoProbe
    queue: Offers
    clock: Clock
    available: frozenset[ObjectClass]
    prices: Prices
    auto_approve: bool = False
    limits: UploadLimits = LIMITS

    def advance(self, job: Job) -> None:
        """Do what is due for a job now, if anything is."""
        step = {JobStatus.UPLOADED: self._inspect, JobStatus.APPROVED: self._work}.get(job.status)
        try:
            if step is not None:
                step(job)
        except StaleJobError:
            return  # somebody else moved it on in this very moment

    def expire(self) -> None:
        """End the jobs that nobody approved in time, and forget blocks that no job needs."""
        now = self.clock.now()
        for job in self.jobs.in_status(UNAPPROVED, created_until=now - SESSION_LIFE - timedelta(hours=1)):
            self._fail(job, TOO_LATE)
        for job_id in self.sessions.job_ids():
            kept = self.jobs.get(job_id)
            if kept is None or kept.status not in _NEEDING_BLOCKS:
                # A crash, or a block that came late, left them.
                self.sessions.discard(job_id)

    def _inspect(self, job: Job) -> None:
        try:
            task = self._task_of(job)
            cost = self._cost(job, task)
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

    def _task_of(self, job: Job) -> Task:
        """Return the job's task; it waits with its file for the approval."""
        made = self.tasks.of_job(job.owner, job.job_id)
        if made:
            return made[0]
        origin = Origin(name=job.file_name, job=job.job_id)
        return create_task(
            job.owner,
            job.policy,
            None,
            tasks=self.tasks,
            media=self.media,
            clock=self.clock,
            available=self.available,
            origin=origin,
        ).task

    def _cost(self, job: Job, task: Task) -> int:
        key = original_key(task.owner, task.task_id)
        upload = self.sessions.collect(job, key)
        if upload is None:
            raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is gone.")
        checked = check_upload(upload, self.limits)
        if isinstance(checked, Refusal):
            refuse_upload(task.owner, task.task_id, checked, tasks=self.tasks, media=self.media, clock=self.clock)
            raise AnonymizationError(checked.cause, checked.sentence)
        return self.prices.cost(Measure(checked, self._seconds(key, checked)), job.policy)

    def _seconds(self, key: str, media_type: MediaType) -> float:
        if not media_type.is_video:
            return 0
        with TemporaryDirectory() as folder:
            return self.probe.seconds(self.media.fetch(key, Path(folder)))

    def _work(self, job: Job) -> None:
        tasks = self.tasks.of_job(job.owner, job.job_id)
        for task in tasks:
            if task.status is TaskStatus.NEW:
                self._start(task)
        if any(task.status in UNFINISHED for task in tasks):
            return
        lost = next((task for task in tasks if task.status is not TaskStatus.DONE), None)
        if tasks and lost is None:
            self.jobs.save(job.finished(self.clock.now()))
        else:
            self._fail(job, _reason_of(lost))

    def _start(self, task: Task) -> None:
        upload = self.media.landed_upload(original_key(task.owner, task.task_id))
        if upload is None:
            gone = task.failed(FailureCause.TASK_FILE_DOESNT_EXIST, self.clock.now())
            self.tasks.save(gone)
            return
        accept_upload(
            task.owner,
            task.task_id,
            upload,
            tasks=self.tasks,
            media=self.media,
            queue=self.queue,
            clock=self.clock,
            limits=self.limits,
        )

    def _fail(self, job: Job, reason: str) -> None:
        if job.status in OPEN:
            self.jobs.save(job.failed(reason, self.clock.now()))
        cancel_tasks(job, tasks=self.tasks, clock=self.clock)
        self.sessions.discard(job.job_id)


def _reason_of(task: Task | None) -> str:
    return task.failure if task is not None and task.failure_cause else "the file was deleted"
