"""A webhook call that must arrive or end where an operator can see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a delivery got."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one URL.

    Attributes:
        delivery_id: The event's id; the `webhook-id` header, so a receiver can drop repeats.
        task_id: Of the task that it tells of; None where that is a job.
        job_id: Of the job that it tells of, or None.
        attempts: Calls made so far.
        first_due_at: When the first call was due; retries end a day later.
        due_at: When the next call is due.
        last_error: Why the last call failed, without secrets; None before any failure.
    """

    delivery_id: str
    owner: str
    task_id: int | None = None
    job_id: str | None = None
    url: str
    first_due_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    last_error: str | None = None
