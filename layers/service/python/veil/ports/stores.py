"""Where tasks, their events and their webhook deliveries are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from veil.domain.deliveries import Delivery
from veil.domain.events import TaskEvent
from veil.domain.task import UNFINISHED, Task, TaskStatus, Transition
from veil.ports.queue import TaskRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which of an owner's tasks to list, newest first.

    Attributes:
        limit: At most this many.
        skip: Leave out this many first: for APIs that number their pages.
        before: Only tasks with a smaller id: where the page before ended.
        statuses: Only tasks in one of these; empty for all.
        created_from: Only tasks created then or later.
        created_until: Only tasks created before.
    """

    limit: int = 50
    skip: int = 0
    before: int | None = None
    statuses: frozenset[TaskStatus] = frozenset()
    created_from: datetime | None = None
    created_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Part of a list. `next_before` continues it; None when it is complete."""

    tasks: tuple[Task, ...]
    next_before: int | None


class TaskStore(Protocol):
    """Keeps tasks, each with the events of its transitions."""

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
            TooManyTasksError: The owner has as many unfinished tasks as one may have.
            StoreFullError: There is no room for it.
        """

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
            StoreFullError: There is no room for it.
        """

    def update(self, task: Task, delivery: Delivery | None = None) -> None:
        """Replace the task's version before this one, without an event, and save the delivery, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None. Another owner's task looks exactly like no task."""

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first."""

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages, whatever its limit, skip and before."""

    def unfinished(self, statuses: frozenset[TaskStatus] = UNFINISHED) -> Iterable[Task]:
        """Return every owner's tasks in these of the unfinished statuses, oldest first."""


class EndedTasks(Protocol):
    """Records of what is over, where they do not vanish by themselves."""

    def ended_until(self, moment: datetime, limit: int) -> Sequence[TaskRef]:
        """Return the tasks that ended longest ago, none that ended after the moment or has an event to be acted on."""

    def remove(self, refs: Sequence[TaskRef], moment: datetime) -> None:
        """Forget the records of these tasks, but not of those that changed since."""

    def remove_deliveries(self, moment: datetime) -> None:
        """Forget the webhook calls that are over and were due by then."""


class EventOutbox(Protocol):
    """The events that were saved with their tasks and are still to be acted on."""

    def pending(self, limit: int) -> Sequence[TaskEvent]:
        """Return the oldest events that were not passed on."""

    def passed_on(self, events: Sequence[TaskEvent], deliveries: Sequence[Delivery]) -> None:
        """Save the deliveries unless they exist, and forget the events: all or nothing. Twice is as good as once."""


class DeliveryStore(Protocol):
    """Webhook calls that are due, done or dead."""

    def add(self, delivery: Delivery) -> None:
        """Save a delivery unless one with its id exists."""

    def save(self, delivery: Delivery) -> None:
        """Replace the delivery with the same id."""

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come, the longest overdue first."""

    def dead(self) -> Sequence[Delivery]:
        """Return the dead letters, oldest first."""


class FairDeliveryStore(DeliveryStore, Protocol):
    """Deliveries of a service that makes all calls itself, and lets no owner wait for another's receiver."""

    def due_in_turn(self, now: datetime, limit: int, *, per_owner: int) -> Sequence[Delivery]:
        """Return what is due: every owner's first, then every owner's second, up to `per_owner` of each."""
