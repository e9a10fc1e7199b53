"""What is known of a task, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime

from veil.domain.causes import FailureCause
from veil.domain.events import EventKind, TaskEvent
from veil.domain.media import Artifact, MediaType, original_key, result_key
from veil.domain.origin import V2, Origin
from veil.domain.policy import Policy
from veil.domain.rendering import Rendering
from veil.domain.task_status import TaskStatus, WebhookStatus

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
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
        room: How many pixels of plain colour take as much memory as the picture; None where that is not known.
        artifacts: The results that exist; empty unless done.
        made_type: What the anonymized file is, where it is not what is usually made of such an upload.
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
    room: int | None = None
    lease: Lease | None = None
    attempts: int = 0
    runs: int = 0
    offers: int = 0
    progress: int = 0
    artifacts: tuple[Artifact, ...] = ()
    made_type: MediaType | None = None
    failure_cause: FailureCause | None = None
    failure_reason: str = ""
    origin: Origin = V2
    rendering: Rendering | None = None
    version: int = 1
    moved_version: int = 1

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
        if artifact not in self.artifacts or self.result_type is None:
            return None
        return result_key(self.owner, self.task_id, self.runs, artifact, self.result_type)

    @property
    def result_type(self) -> MediaType | None:
        """What the anonymized file is or, before it is done, will usually be; None before the upload was accepted."""
        return self.made_type or (self.media_type.result if self.media_type else None)

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
