"""The ports kept in memory, for tests: what an adapter must do, without a database or a disk.

Every class may be used from several threads.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.events import TaskEvent
from veil.domain.task import UNFINISHED, Task, TaskStatus, Transition
from veil.ports.clock import Clock
from veil.ports.queue import TaskRef
from veil.ports.stores import TaskPage, TaskQuery


class MemoryClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the time it was last set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by


class MemoryTaskStore:
    """Tasks in a dict, and the events of their transitions: a task store and its outbox.

    It keeps all events, like a stream that others listen to.
    """

    def __init__(self, deliveries: "MemoryDeliveryStore | None" = None) -> None:
        self._deliveries = deliveries or MemoryDeliveryStore()
        self._tasks: dict[int, Task] = {}
        self._events: dict[str, TaskEvent] = {}
        self._lock = Lock()

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
        """
        with self._lock:
            if created.task.task_id in self._tasks:
                raise TaskIdTakenError(f"There is a task {created.task.task_id} already.")
            self._write(created.task, created.event)

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        with self._lock:
            self._require_version_before(moved.task)
            self._write(moved.task, moved.event)

    def update(self, task: Task, delivery: Delivery | None = None) -> None:
        """Replace the task's version before this one, without an event, and save the delivery, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        with self._lock:
            self._require_version_before(task)
            self._tasks[task.task_id] = task
            if delivery is not None:
                self._deliveries.save(delivery)

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None."""
        with self._lock:
            task = self._tasks.get(task_id)
        return task if task and task.owner == owner else None

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first."""
        wanted = sorted(self._wanted(owner, query), key=lambda task: task.task_id, reverse=True)
        page = tuple(wanted[query.skip : query.skip + query.limit])
        return TaskPage(page, page[-1].task_id if page and len(wanted) > query.skip + len(page) else None)

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages."""
        return len(self._wanted(owner, replace(query, before=None)))

    def unfinished(self, statuses: frozenset[TaskStatus] = UNFINISHED) -> Iterable[Task]:
        """Return every owner's tasks in these of the unfinished statuses, oldest first."""
        with self._lock:
            found = [task for task in self._tasks.values() if task.status in statuses]
        return sorted(found, key=lambda task: task.task_id)

    def pending(self, limit: int) -> Sequence[TaskEvent]:
        """Return the oldest events that were not passed on."""
        with self._lock:
            return tuple(self._events.values())[:limit]

    def passed_on(self, events: Sequence[TaskEvent], deliveries: Sequence[Delivery]) -> None:
        """Save the deliveries and forget the events."""
        for delivery in deliveries:
            self._deliveries.add(delivery)
        with self._lock:
            for event in events:
                self._events.pop(event.event_id, None)

    def _wanted(self, owner: str, query: TaskQuery) -> Sequence[Task]:
        with self._lock:
            return [task for task in self._tasks.values() if task.owner == owner and _matches(task, query)]

    def _require_version_before(self, task: Task) -> None:
        stored = self._tasks.get(task.task_id)
        if stored is None or stored.owner != task.owner or stored.version != task.version - 1:
            raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.")

    def _write(self, task: Task, event: TaskEvent) -> None:
        self._tasks[task.task_id] = task
        self._events[event.event_id] = event


def _matches(task: Task, query: TaskQuery) -> bool:
    return (
        (query.before is None or task.task_id < query.before)
        and (not query.statuses or task.status in query.statuses)
        and (query.created_from is None or task.created_at >= query.created_from)
        and (query.created_until is None or task.created_at < query.created_until)
    )


class MemoryDeliveryStore:
    """Deliveries in a dict."""

    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}
        self._lock = Lock()

    def add(self, delivery: Delivery) -> None:
        """Save a delivery unless one with its id exists."""
        with self._lock:
            self._deliveries.setdefault(delivery.delivery_id, delivery)

    def save(self, delivery: Delivery) -> None:
        """Replace the delivery with the same id."""
        with self._lock:
            self._deliveries[delivery.delivery_id] = delivery

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""
        with self._lock:
            return self._deliveries.get(delivery_id)

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come, the longest overdue first."""
        pending = self._in_state(DeliveryState.PENDING)
        return sorted((each for each in pending if each.due_at <= now), key=lambda each: each.due_at)[:limit]

    def due_in_turn(self, now: datetime, limit: int, *, per_owner: int) -> Sequence[Delivery]:
        """Return what is due: every owner's first, then every owner's second, up to `per_owner` of each."""
        turns: dict[str, int] = {}
        found = []
        for each in self.due(now, sys.maxsize):
            turns[each.owner] = turns.get(each.owner, 0) + 1
            found.append((turns[each.owner], each))
        in_turn = sorted(found, key=lambda pair: (pair[0], pair[1].due_at))
        return [each for turn, each in in_turn if turn <= per_owner][:limit]

    def dead(self) -> Sequence[Delivery]:
        """Return the dead letters, oldest first."""
        return sorted(self._in_state(DeliveryState.DEAD), key=lambda each: each.first_due_at)

    def _in_state(self, state: DeliveryState) -> Sequence[Delivery]:
        with self._lock:
            return tuple(each for each in self._deliveries.values() if each.state is state)


@dataclass(frozen=True, slots=True)
class _Offer:
    visible_at: datetime
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """An offer that somebody took, and the receipt that settles it."""

    ref: TaskRef
    receipt: str


class MemoryWorkQueue:
    """Offers in a dict, hidden for `visibility` once taken: what AWS does with messages for its workers."""

    def __init__(self, clock: Clock, *, visibility: timedelta) -> None:
        self._clock = clock
        self._visibility = visibility
        self._offers: dict[TaskRef, _Offer] = {}
        self._lock = Lock()

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker, now, even where an earlier offer of it was taken."""
        with self._lock:
            offer = self._offers.get(ref)
            if offer is None or offer.receipt is not None:
                self._offers[ref] = _Offer(self._clock.now())

    def take(self) -> Message | None:
        """Return the task that waited longest and hide it from the others for a while, or None."""
        with self._lock:
            now = self._clock.now()
            visible = [ref for ref, offer in self._offers.items() if offer.visible_at <= now]
            if not visible:
                return None
            ref = min(visible, key=lambda each: (self._offers[each].visible_at, each.task_id))
            message = Message(ref, receipt=uuid4().hex)
            self._offers[ref] = _Offer(now + self._visibility, message.receipt)
            return message

    def settle(self, message: Message) -> None:
        """Take the offer back for good, unless the task was offered or taken again since."""
        with self._lock:
            offer = self._offers.get(message.ref)
            if offer and offer.receipt == message.receipt:
                del self._offers[message.ref]
