"""How queued tasks are offered to workers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Enough to find a task."""

    owner: str
    task_id: int


@dataclass(frozen=True, slots=True)
class Message:
    """A task offered to this worker, and the receipt that settles the offer."""

    ref: TaskRef
    receipt: str


class Offers(Protocol):
    """Where tasks are put for workers: a queue, or the choice between several."""

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker."""


class WorkQueue(Offers, Protocol):
    """Offers queued tasks to workers, each at least once until settled."""

    def take(self) -> Message | None:
        """Return a task for this worker and hide it from the others for a while, or None."""

    def settle(self, message: Message) -> None:
        """Take the offer back for good: the task needs no worker any more."""
