"""How workers learn of queued tasks."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Enough to find a task."""

    owner: str
    task_id: int


class Offers(Protocol):
    """Where tasks are put for workers: a queue, the choice between several, or a call that wakes a worker."""

    def put(self, ref: TaskRef) -> None:
        """Have one worker look at the task. Whoever does claims it first, so a second offer costs little."""
