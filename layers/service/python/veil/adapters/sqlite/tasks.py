"""Tasks and their outbox in SQLite."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from veil.adapters.records import EVENTS, TASKS
from veil.adapters.sqlite.database import INTEGER_MAX, Database, microseconds
from veil.adapters.sqlite.deliveries import add_delivery, save_delivery
from veil.domain.deliveries import Delivery
from veil.domain.errors import StaleTaskError, TaskIdTakenError, TooManyTasksError
from veil.domain.events import TaskEvent
from veil.domain.task import UNFINISHED, Task, TaskStatus, Transition
from veil.ports.stores import TaskPage, TaskQuery

_INSERT_TASK = """
    INSERT INTO tasks (task_id, owner, status, created_at, version, record, place)
    VALUES (:task_id, :owner, :status, :created_at, :version, :record, CASE WHEN :status = 'queued' THEN (
        SELECT coalesce(max(place), 0) + 1 FROM tasks WHERE owner = :owner AND status = 'queued'
    ) END)
    ON CONFLICT (task_id) DO NOTHING
"""
_REPLACE_TASK = """
    UPDATE tasks SET status = :status, version = :version, record = :record, ended_at = :ended_at,
        place = CASE WHEN :status = 'queued' THEN coalesce(place, (
            SELECT coalesce(max(place), 0) + 1 FROM tasks WHERE owner = :owner AND status = 'queued'
        )) END
    WHERE task_id = :task_id AND owner = :owner AND version = :version - 1
"""
_INSERT_EVENT = "INSERT INTO events (event_id, task_id, record) VALUES (:event_id, :task_id, :record)"
_GET = "SELECT record FROM tasks WHERE task_id = :task_id AND owner = :owner"
_WANTED = """
    WHERE owner = :owner AND task_id < :before
      AND status IN (SELECT value FROM json_each(:statuses))
      AND created_at >= :created_from AND created_at < :created_until
"""
LIST = f"SELECT record FROM tasks {_WANTED} ORDER BY task_id DESC LIMIT :limit OFFSET :skip"  # noqa: S608  # no input
_COUNT_BETWEEN = f"SELECT count(*) AS number FROM tasks {_WANTED}"  # noqa: S608  # no input
COUNT = """
    SELECT coalesce(sum(number), 0) AS number FROM task_counts
    WHERE owner = :owner AND status IN (SELECT value FROM json_each(:statuses))
"""
UNFINISHED_TASKS = """
    SELECT record FROM tasks
    WHERE status IN ('new', 'queued', 'processing') AND task_id > :after
      AND status IN (SELECT value FROM json_each(:statuses))
    ORDER BY task_id LIMIT 500
"""
_OF_JOB = "SELECT record FROM tasks WHERE job = :job_id AND owner = :owner ORDER BY task_id"
_COUNT_OF_JOB = """
    SELECT status, count(*) AS number FROM tasks WHERE job = :job_id AND owner = :owner GROUP BY status
"""
_PENDING = "SELECT record FROM events ORDER BY sequence LIMIT :limit"
_PASSED_ON = "DELETE FROM events WHERE event_id IN (SELECT value FROM json_each(:event_ids))"


class SqliteTaskStore:
    """Tasks and the events of their transitions in one database: a task store and its outbox.

    Nobody but this service reads the outbox, so only events that it acts on are written.
    """

    def __init__(self, database: Database, *, max_open: int | None = None) -> None:
        """Keep tasks in the database, and let no owner ask for more while `max_open` have not ended; jobs do."""
        self._database = database
        self._max_open = max_open

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
            TooManyTasksError: The owner has as many unfinished tasks as one may have.
        """
        with self._database.writing() as connection:
            if created.task.origin.job is None:
                self._require_room(connection, created.task.owner)
            if not connection.execute(_INSERT_TASK, _row(created.task)).rowcount:
                raise TaskIdTakenError(f"There is a task {created.task.task_id} already.")
            _insert_event(connection, created.event)

    def save(self, moved: Transition) -> None:
        """Replace the task's version before this one, and save the event, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        with self._database.writing() as connection:
            _replace(connection, moved.task)
            _insert_event(connection, moved.event)

    def update(self, task: Task, delivery: Delivery | None = None) -> None:
        """Replace the task's version before this one, without an event, and save the delivery, both or neither.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        with self._database.writing() as connection:
            _replace(connection, task)
            if delivery is not None:
                save_delivery(connection, delivery)

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None."""
        if abs(task_id) > INTEGER_MAX:
            return None
        rows = self._database.read(_GET, {"owner": owner, "task_id": task_id})
        return TASKS.load(rows[0]["record"]) if rows else None

    def of_job(self, owner: str, job_id: str) -> Sequence[Task]:
        """Return the job's tasks, oldest first."""
        return [TASKS.load(row["record"]) for row in self._database.read(_OF_JOB, {"job_id": job_id, "owner": owner})]

    def count_of_job(self, owner: str, job_id: str) -> Mapping[TaskStatus, int]:
        """Return how many of the job's tasks are in each status."""
        rows = self._database.read(_COUNT_OF_JOB, {"job_id": job_id, "owner": owner})
        return {TaskStatus(row["status"]): row["number"] for row in rows}

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first."""
        rows = self._database.read(LIST, list_values(owner, query))
        page = tuple(TASKS.load(row["record"]) for row in rows[: query.limit])
        return TaskPage(page, page[-1].task_id if len(rows) > len(page) else None)

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages."""
        is_of_a_time = query.created_from is not None or query.created_until is not None
        values = list_values(owner, replace(query, before=None))
        rows = self._database.read(_COUNT_BETWEEN if is_of_a_time else COUNT, values)
        return int(rows[0]["number"])

    def unfinished(self, statuses: frozenset[TaskStatus] = UNFINISHED) -> Iterable[Task]:
        """Return every owner's tasks in these of the unfinished statuses, oldest first.

        Reads them in portions, so a long queue costs little memory and no long transaction.
        """
        values = {"after": -INTEGER_MAX, "statuses": json.dumps(sorted(statuses))}
        while rows := self._database.read(UNFINISHED_TASKS, values):
            portion = [TASKS.load(row["record"]) for row in rows]
            yield from portion
            values |= {"after": portion[-1].task_id}

    def pending(self, limit: int) -> Sequence[TaskEvent]:
        """Return the oldest events that were not passed on."""
        return [EVENTS.load(row["record"]) for row in self._database.read(_PENDING, {"limit": limit})]

    def passed_on(self, events: Sequence[TaskEvent], deliveries: Sequence[Delivery]) -> None:
        """Forget the events and save the deliveries that they ask for, in one transaction."""
        with self._database.writing() as connection:
            for delivery in deliveries:
                add_delivery(connection, delivery)
            connection.execute(_PASSED_ON, {"event_ids": json.dumps([event.event_id for event in events])})

    def _require_room(self, connection: Connection, owner: str) -> None:
        if self._max_open is None:
            return
        values = {"owner": owner, "statuses": json.dumps(sorted(UNFINISHED))}
        (unfinished,) = connection.execute(COUNT, values).fetchone()
        if unfinished >= self._max_open:
            raise TooManyTasksError(f"You have {unfinished} unfinished tasks, which is the limit of this service.")


def list_values(owner: str, query: TaskQuery) -> dict[str, object]:
    """Return the values of `LIST`; what the query leaves open becomes a condition that always holds."""
    return {
        "owner": owner,
        "before": INTEGER_MAX if query.before is None else min(max(query.before, -INTEGER_MAX), INTEGER_MAX),
        "statuses": json.dumps(sorted(query.statuses or TaskStatus)),
        "created_from": _bound(query.created_from, -INTEGER_MAX),
        "created_until": _bound(query.created_until, INTEGER_MAX),
        "limit": query.limit + 1,
        "skip": query.skip,
    }


def _bound(limit: datetime | None, otherwise: int) -> int:
    return otherwise if limit is None else microseconds(limit)


def _row(task: Task) -> dict[str, object]:
    return {
        "task_id": task.task_id,
        "owner": task.owner,
        "status": task.status,
        "created_at": microseconds(task.created_at),
        "version": task.version,
        "ended_at": None if task.status in UNFINISHED else microseconds(task.updated_at),
        "record": TASKS.dump(task),
    }


def _replace(connection: Connection, task: Task) -> None:
    if not connection.execute(_REPLACE_TASK, _row(task)).rowcount:
        raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.")


def _insert_event(connection: Connection, event: TaskEvent) -> None:
    if not event.is_acted_on:
        return
    values = {"event_id": event.event_id, "task_id": event.task_id, "record": EVENTS.dump(event)}
    connection.execute(_INSERT_EVENT, values)
