"""A task: one media file on its way through one policy.

States: new -> queued -> processing -> done | failed, and deleted from anywhere; what is drawn again from another task's
findings begins queued. Transitions are
methods; each refuses what is not allowed and returns the changed task with the event that tells of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from veil.domain.causes import FailureCause
from veil.domain.errors import StaleTaskError, TaskDeletedError, UploadRefusedError
from veil.domain.events import EventKind, TaskEvent
from veil.domain.media import Artifact, MediaType, Upload, original_key, result_key
from veil.domain.origin import V2, Origin
from veil.domain.policy import Policy
from veil.domain.rendering import Rendering
from veil.domain.task_status import GONE
from veil.domain.task_status import UNFINISHED as UNFINISHED
from veil.domain.task_status import TaskStatus as TaskStatus
from veil.domain.task_status import WebhookStatus as WebhookStatus

MAX_ATTEMPTS = 3
# Claims that a stopped machine gave back do not count as attempts. A picture that stops the machine
# each time it is worked on must come to an end all the same.
MAX_RUNS = 30
# Of those who die before they claim anything the first to blame is the machine; this often it is no chance any more.
MAX_OFFERS = 10


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's claim on a task. After `until` anyone may claim it again."""

    worker: str
    until: datetime


class Transition(NamedTuple):
    """A changed task and the one event that tells of the change."""

    task: "Task"
    event: TaskEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One anonymization request and its outcome so far.

    Attributes:
        task_id: Creation time in microseconds since the epoch (contracts/celantur.md A.6).
        attempts: Claims that were not given back; the last allowed one fails the task.
        runs: All claims ever. Results are kept under this number, so no two runs share a place.
        offers: How often it was offered again since it was queued or claimed last, where offers are counted.
        media_type: Known once the upload was accepted.
        original_sha256: Checksum of the upload, hexadecimal; None before it, and where nobody computed it.
        original_version: The media store's name for the bytes that were accepted; None where nobody told it.
        pixels: How many the upload announces, of a video in all frames; None where that is not known.
        artifacts: The results that exist; empty unless done.
        failure_reason: What exactly was wrong, for people; often empty.
        rendering: What it is drawn from; None for a task that looks at its own upload.
        version: Grows by one with every change; the store writes only on top of the version before.
        moved_version: The version that the last transition made; changes since then were none.
    """

    owner: str
    task_id: int
    policy: Policy
    created_at: datetime
    updated_at: datetime
    status: TaskStatus = TaskStatus.NEW
    webhook: str | None = None
    webhook_status: WebhookStatus = WebhookStatus.EMPTY
    media_type: MediaType | None = None
    original_sha256: str | None = None
    original_version: str | None = None
    size_bytes: int | None = None
    pixels: int | None = None
    lease: Lease | None = None
    attempts: int = 0
    runs: int = 0
    offers: int = 0
    progress: int = 0
    artifacts: tuple[Artifact, ...] = ()
    failure_cause: FailureCause | None = None
    failure_reason: str = ""
    origin: Origin = V2
    rendering: Rendering | None = None
    version: int = 1
    moved_version: int = 1

    @classmethod
    def create(
        cls,
        *,
        owner: str,
        task_id: int,
        policy: Policy,
        webhook: str | None,
        now: datetime,
        origin: Origin = V2,
    ) -> Transition:
        """Return a new task that waits for its upload."""
        task = cls(
            owner=owner,
            task_id=task_id,
            policy=policy,
            created_at=now,
            updated_at=now,
            webhook=webhook,
            webhook_status=WebhookStatus.SET if webhook else WebhookStatus.EMPTY,
            origin=origin,
        )
        return Transition(task, task.event(EventKind.CREATED))

    def uploaded(self, upload: Upload, media_type: MediaType, now: datetime) -> Transition:
        """Take the uploaded file and wait for a worker.

        Raises:
            UploadRefusedError: The task already has a file or will never take one.
        """
        self._require_waiting_for_upload()
        return self._moved(
            EventKind.QUEUED,
            TaskStatus.QUEUED,
            now,
            media_type=media_type,
            original_sha256=upload.sha256,
            original_version=upload.version,
            size_bytes=upload.size_bytes,
            pixels=upload.pixels,
        )

    def upload_refused(self, cause: FailureCause, now: datetime, reason: str = "") -> Transition:
        """End the task because of what was uploaded.

        Raises:
            UploadRefusedError: The task already has a file or will never take one.
        """
        self._require_waiting_for_upload()
        return self.failed(cause, now, reason)

    def claimed(self, worker: str, now: datetime, lease_time: timedelta) -> Transition:
        """Give the task to a worker for a time.

        Raises:
            StaleTaskError: The task is not waiting, and no lease on it has run out.
        """
        if not self.is_claimable(now):
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot be claimed.")
        return self._moved(
            EventKind.PROCESSING,
            TaskStatus.PROCESSING,
            now,
            lease=Lease(worker, now + lease_time),
            attempts=self.attempts + 1,
            runs=self.runs + 1,
            offers=0,
            progress=0,
        )

    def renewed(self, worker: str, now: datetime, lease_time: timedelta, *, progress: int) -> "Task":
        """Prolong the worker's lease and note how many per cent of its work is done. No transition, so no event.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        return replace(self, lease=Lease(worker, now + lease_time), progress=progress, version=self.version + 1)

    def under_way(self, now: datetime) -> "Task":
        """Note that its work has begun, though nobody has claimed it yet. No transition, so no event."""
        return replace(self, updated_at=now, version=self.version + 1)

    def offered_again(self) -> "Task":
        """Note that another worker is asked for, as nobody claimed it. No transition, so no event."""
        return replace(self, offers=self.offers + 1, version=self.version + 1)

    def released(self, worker: str, now: datetime, *, counts: bool) -> Transition:
        """Give the task back unfinished.

        Args:
            worker: Whose lease ends.
            now: When.
            counts: Whether the claim was an attempt that the task may be to blame for. A stopped
                machine is not; a crash in the middle of the work is.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        attempts = self.attempts if counts else self.attempts - 1
        return self._moved(EventKind.RELEASED, TaskStatus.QUEUED, now, lease=None, attempts=attempts, progress=0)

    def finished(self, worker: str, artifacts: tuple[Artifact, ...], now: datetime) -> Transition:
        """Publish the results of this attempt.

        Raises:
            StaleTaskError: The lease is another worker's, or there is none.
        """
        self._require_lease(worker)
        return self._moved(EventKind.DONE, TaskStatus.DONE, now, lease=None, artifacts=artifacts, progress=100)

    def failed(self, cause: FailureCause, now: datetime, reason: str = "") -> Transition:
        """End the task without a result.

        Raises:
            StaleTaskError: The task has ended already.
        """
        if self.status not in UNFINISHED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot fail any more.")
        return self._moved(
            EventKind.FAILED, TaskStatus.FAILED, now, lease=None, failure_cause=cause, failure_reason=reason
        )

    def cancelled(self, now: datetime) -> Transition:
        """End the task because its owner wants no result any more. A worker that has it stops at its next report.

        Raises:
            TaskDeletedError: It is deleted.
            StaleTaskError: The task has ended already.
        """
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        if self.status not in UNFINISHED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; it cannot be cancelled any more.")
        return self.failed(FailureCause.CANCELLED, now)

    def deleted(self, now: datetime) -> Transition:
        """Forget the task's files and detections.

        Raises:
            TaskDeletedError: It is deleted already.
        """
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        return self._moved(EventKind.DELETED, TaskStatus.DELETED, now, lease=None, artifacts=())

    def forgotten(self, now: datetime) -> Transition:
        """Keep nothing of a deleted task but its number, so that what is still to be told of it finds an end.

        Raises:
            StaleTaskError: It is not deleted.
        """
        if self.status is not TaskStatus.DELETED:
            raise StaleTaskError(f"Task {self.task_id} is {self.status}; delete it before it is forgotten.")
        nothing = Origin(api=self.origin.api)
        return self._moved(
            EventKind.FORGOTTEN, TaskStatus.FORGOTTEN, now, webhook=None, original_sha256=None, origin=nothing
        )

    def with_webhook_status(self, status: WebhookStatus) -> "Task":
        """Record how far telling the webhook got. No transition, so no event."""
        return replace(self, webhook_status=status, version=self.version + 1)

    def is_surplus(self, version: str) -> bool:
        """Say whether what landed as this version is another file than the one that was accepted.

        A task that was refused its file, or never got one in time, needs none.
        """
        if self.status is TaskStatus.NEW:
            return False
        if self.original_version is None:
            return self.media_type is None
        return version != self.original_version

    def is_claimable(self, now: datetime) -> bool:
        """Say whether a worker may claim the task now."""
        if self.status is TaskStatus.PROCESSING:
            return self.lease is not None and self.lease.until <= now
        return self.status is TaskStatus.QUEUED

    @property
    def is_out_of_attempts(self) -> bool:
        """Whether the last allowed attempt has been claimed."""
        return self.attempts >= MAX_ATTEMPTS or self.runs >= MAX_RUNS

    @property
    def is_out_of_offers(self) -> bool:
        """Whether nobody claimed it in spite of the last offer that is worth making."""
        return self.offers >= MAX_OFFERS

    @property
    def told_reason(self) -> str:
        """What the owner reads of the failure besides its cause; often empty."""
        return "" if self.failure_cause is None or self.failure_cause.is_operators else self.failure_reason

    @property
    def failure(self) -> str:
        """The cause of the failure and what the owner is told of it, in one text."""
        return f"{self.failure_cause}: {self.told_reason}" if self.told_reason else f"{self.failure_cause}"

    @property
    def ending(self) -> TaskEvent | None:
        """The event of how it ended, as it was told; None while it has not, or where somebody deleted it."""
        kind = {TaskStatus.DONE: EventKind.DONE, TaskStatus.FAILED: EventKind.FAILED}.get(self.status)
        return None if kind is None else self.event(kind)

    @property
    def has_segments(self) -> bool:
        """Whether it is a video that is to be looked at, which goes by segments."""
        return self.rendering is None and self.media_type is not None and self.media_type.is_video

    @property
    def upload_key(self) -> str:
        """The media key of what it works on."""
        return original_key(self.owner, self.upload_of)

    @property
    def upload_of(self) -> int:
        """The task that took what it works on: itself, unless it is drawn again."""
        return self.task_id if self.rendering is None else self.rendering.upload_of

    def key_of(self, artifact: Artifact) -> str | None:
        """Return the media key of one of the task's results, or None where it has no such file."""
        if artifact not in self.artifacts or self.media_type is None:
            return None
        return result_key(self.owner, self.task_id, self.runs, artifact, self.media_type)

    def _require_waiting_for_upload(self) -> None:
        if self.status in GONE:
            raise TaskDeletedError(f"Task {self.task_id} is deleted.")
        if self.status is not TaskStatus.NEW:
            raise UploadRefusedError(f"Task {self.task_id} is {self.status}; it takes no upload.")

    def _require_lease(self, worker: str) -> None:
        if self.lease is None or self.lease.worker != worker:
            raise StaleTaskError(f"Worker {worker} holds no lease on task {self.task_id}.")

    def _moved(self, kind: EventKind, status: TaskStatus, now: datetime, **changes: object) -> Transition:
        version = self.version + 1
        task = replace(self, status=status, updated_at=now, version=version, moved_version=version, **changes)  # type: ignore[arg-type]  # mypy cannot type replace(**kwargs); every caller is above
        return Transition(task, task.event(kind))

    def event(self, kind: EventKind) -> TaskEvent:
        """Return what tells of the last transition, which was of this kind."""
        return TaskEvent(
            event_id=f"evt_{self.task_id}_{self.moved_version}",
            kind=kind,
            owner=self.owner,
            task_id=self.task_id,
            occurred_at=self.updated_at,
            webhook=self.webhook,
            failure_cause=self.failure_cause,
        )
