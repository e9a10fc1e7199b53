"""Look at what a job took as its upload: make its tasks, one for each file, and say what they cost together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from veil.domain.archives import ArchiveKind, sniff_archive
from veil.domain.causes import FailureCause
from veil.domain.credits import Measure, Prices
from veil.domain.errors import AnonymizationError, StaleJobError
from veil.domain.job import Job, JobStatus
from veil.domain.media import SIGNATURE_LENGTH, MediaType, Upload, UploadLimits, original_key
from veil.domain.origin import Origin
from veil.domain.origin import file_name as label_of
from veil.domain.policy import ObjectClass
from veil.domain.task import Task, TaskStatus
from veil.domain.upload_check import Refusal, check_upload
from veil.ports.archives import ArchiveMember, ArchiveReader
from veil.ports.clock import Clock
from veil.ports.jobs import JobStore, JobTaskStore, UploadSessions, VideoProbe
from veil.ports.media import MediaStore
from veil.use_cases.accept_upload import LIMITS
from veil.use_cases.create_task import create_task
from veil.use_cases.refuse_upload import refuse_upload

_NESTED = Refusal(FailureCause.CONTENT_TYPE_ERROR, "the file is an archive; archives in archives are not opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What uploads are looked at with. A look may be interrupted anywhere: the next one makes what is missing.

    Attributes:
        available: The classes that an installed model finds.
        folder: Where there is room for an archive and one file of it.
    """

    jobs: JobStore
    tasks: JobTaskStore
    media: MediaStore
    sessions: UploadSessions
    probe: VideoProbe
    archives: ArchiveReader
    clock: Clock
    available: frozenset[ObjectClass]
    prices: Prices
    folder: Path
    limits: UploadLimits = LIMITS

    def cost(self, job: Job) -> int:
        """Make the job's tasks, which wait with their files for the approval, and return what they cost.

        Raises:
            AnonymizationError: Nothing of the upload can be anonymized.
            RequestError: Nobody could work on it as it was asked for.
            StaleJobError: Nobody wants it any more.
        """
        try:
            kind = sniff_archive(self.sessions.head(job))
            return self._cost_of_file(job) if kind is None else self._cost_of_archive(job, kind)
        except FileNotFoundError as error:  # a cancellation takes the blocks from under whoever reads them
            raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is gone.") from error

    def _cost_of_file(self, job: Job) -> int:
        made = self.tasks.of_job(job.owner, job.job_id)
        task = made[0] if made else self._new_task(job, Origin(name=job.file_name, job=job.job_id))
        key = original_key(task.owner, task.task_id)
        upload = self.sessions.collect(job, key)
        if upload is None:
            raise AnonymizationError(FailureCause.TASK_FILE_DOESNT_EXIST, "The upload is gone.")
        checked = check_upload(upload, self.limits)
        if isinstance(checked, Refusal):
            self._refuse(task, checked)
            raise AnonymizationError(checked.cause, checked.sentence)
        with TemporaryDirectory(dir=self.folder) as folder:
            seconds = self.probe.seconds(self.media.fetch(key, Path(folder))) if checked.is_video else 0
        return self.prices.cost(Measure(checked, seconds), job.policy)

    def _cost_of_archive(self, job: Job, kind: ArchiveKind) -> int:
        made = {task.origin.member: task for task in self.tasks.of_job(job.owner, job.job_id)}
        complete = {member for member, task in made.items() if self._is_complete(task)}
        with TemporaryDirectory(dir=self.folder) as folder:
            archive, into = self.sessions.fetch(job, Path(folder)), Path(folder) / "members"
            into.mkdir()
            for member in self.archives.members(archive, kind, into=into, skip=complete):
                self._require_wanted(job)
                self._take(job, member, made.get(member.place))
        tasks = self.tasks.of_job(job.owner, job.job_id)
        waiting = [task for task in tasks if task.status is TaskStatus.NEW]
        if not waiting:
            why = why_nothing(tasks) if tasks else "The archive is empty."
            raise AnonymizationError(FailureCause.CONTENT_TYPE_ERROR, why)
        return sum(task.origin.cost or 0 for task in waiting)

    def _take(self, job: Job, member: ArchiveMember, task: Task | None) -> None:
        """Make the member's task, unless there is one, and give it its file or the reason why it has none."""
        cost = self._checked(job, member)
        name = label_of(member.name) or "file"
        paid = 0 if isinstance(cost, Refusal) else cost
        task = task or self._new_task(job, Origin(name=name, job=job.job_id, member=member.place, cost=paid))
        if isinstance(cost, Refusal):
            self._refuse(task, cost)
        elif member.file is not None:
            self.media.put(original_key(task.owner, task.task_id), member.file, media_type="")

    def _checked(self, job: Job, member: ArchiveMember) -> int | Refusal:
        """Return what the member costs, or why it is not worked on."""
        if member.file is None:
            return Refusal(FailureCause.IMAGE_DEFECT, member.defect)
        with member.file.open("rb") as file:
            head = file.read(SIGNATURE_LENGTH)
        if sniff_archive(head) is not None:
            return _NESTED
        checked = check_upload(Upload(member.file.stat().st_size, "", head), self.limits)
        return checked if isinstance(checked, Refusal) else self._price(job, checked, member.file)

    def _price(self, job: Job, media_type: MediaType, file: Path) -> int | Refusal:
        try:
            seconds = self.probe.seconds(file) if media_type.is_video else 0
        except AnonymizationError as error:
            return Refusal(error.cause, "the video cannot be read")
        return self.prices.cost(Measure(media_type, seconds), job.policy)

    def _new_task(self, job: Job, origin: Origin) -> Task:
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

    def _refuse(self, task: Task, refusal: Refusal) -> None:
        refuse_upload(task.owner, task.task_id, refusal, tasks=self.tasks, media=self.media, clock=self.clock)

    def _is_complete(self, task: Task) -> bool:
        return task.status is not TaskStatus.NEW or self.media.stat(original_key(task.owner, task.task_id)) is not None

    def _require_wanted(self, job: Job) -> None:
        newest = self.jobs.get(job.job_id)
        if newest is None or newest.status is not JobStatus.UPLOADED:
            raise StaleJobError(f"Job {job.job_id} is not looked at any more.")


def why_nothing(tasks: Sequence[Task]) -> str:
    """Say why none of a job's files has a result, or will have one."""
    lost = next((task for task in tasks if task.failure_cause), None)
    if lost is None:
        return "the file was deleted"
    is_alone = lost.origin.cost is None
    return lost.failure if is_alone else f"no file of {len(tasks)} has a result: {lost.origin.name}: {lost.failure}"
