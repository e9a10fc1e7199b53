"""What happened to a task or a job, told once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from veil.domain.causes import FailureCause


class EventKind(StrEnum):
    """One kind for every transition of a task."""

    CREATED = "task.created"
    QUEUED = "task.queued"
    PROCESSING = "task.processing"
    RELEASED = "task.released"
    DONE = "task.done"
    FAILED = "task.failed"
    DELETED = "task.deleted"
    FORGOTTEN = "task.forgotten"


ANNOUNCED = frozenset({EventKind.DONE, EventKind.FAILED})
"""The kinds that a task's webhook is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent:
    """One transition. Written in the same transaction as the state it tells of.

    Attributes:
        event_id: Unique and a function of the transition, so that telling it twice can be noticed.
        webhook: The task's webhook address, or None.
    """

    event_id: str
    kind: EventKind
    owner: str
    task_id: int
    occurred_at: datetime
    webhook: str | None
    failure_cause: FailureCause | None = None
    schema_version: int = 1

    @property
    def asks_for_call(self) -> bool:
        """Whether the task's webhook is to be called."""
        return self.kind in ANNOUNCED and self.webhook is not None

    @property
    def is_acted_on(self) -> bool:
        """Whether the service itself has something to do: call a webhook, or delete files once more."""
        return self.asks_for_call or self.kind is EventKind.DELETED


class JobEventKind(StrEnum):
    """One kind for every transition of a job."""

    UPLOADED = "job.uploaded"
    AWAITING = "job.awaiting_approval"
    APPROVED = "job.approved"
    DONE = "job.done"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"


CALLED_BACK = frozenset({JobEventKind.AWAITING, JobEventKind.DONE})
"""The kinds that a job's callback is told: the contract's two occasions (contracts/syntonym.md 1.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One transition of a job.

    Attributes:
        event_id: Unique and a function of the transition, so that telling it twice can be noticed.
        callback: The job's callback address, or None.
    """

    event_id: str
    kind: JobEventKind
    owner: str
    job_id: str
    occurred_at: datetime
    callback: str | None
