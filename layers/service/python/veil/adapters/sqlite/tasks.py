"""Tasks and their outbox in SQLite."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from veil.adapters.records import EVENTS, TASKS
from veil.adapters.sqlite.database import INTEGER_MAX, Database, microseconds
from veil.domain.errors import StaleTaskError, TaskIdTakenError
from veil.domain.events import TaskEvent
from veil.domain.task import Task, TaskStatus, Transition
from veil.ports.stores import TaskPage, TaskQuery

_INSERT_TASK = """
    INSERT INTO tasks (task_id, owner, status, created_at, version, record)
    VALUES (:task_id, :owner, :status, :created_at, :version, :record)
    ON CONFLICT (task_id) DO NOTHING
"""
_REPLACE_TASK = """
    UPDATE tasks SET status = :status, version = :version, record = :record
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
_COUNT = f"SELECT COUNT(*) AS number FROM tasks {_WANTED}"  # noqa: S608  # no input
UNFINISHED = """
    SELECT record FROM tasks
    WHERE status IN ('new', 'queued', 'processing') AND task_id > :after
    ORDER BY task_id LIMIT 500
"""
_PENDING = "SELECT record FROM events ORDER BY sequence LIMIT :limit"
_PASSED_ON = "DELETE FROM events WHERE event_id = :event_id"


class SqliteTaskStore:
    """Tasks and the events of their transitions in one database: a task store and its outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, created: Transition) -> None:
        """Save a new task and its event.

        Raises:
            TaskIdTakenError: A task of any owner has this id.
        """
        with self._database.writing() as connection:
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

    def update(self, task: Task) -> None:
        """Replace the task's version before this one, without an event.

        Raises:
            StaleTaskError: The stored version is not the one before.
        """
        with self._database.writing() as connection:
            _replace(connection, task)

    def get(self, owner: str, task_id: int) -> Task | None:
        """Return the owner's task, or None."""
        if abs(task_id) > INTEGER_MAX:
            return None
        rows = self._database.read(_GET, {"owner": owner, "task_id": task_id})
        return TASKS.load(rows[0]["record"]) if rows else None

    def list(self, owner: str, query: TaskQuery) -> TaskPage:
        """Return the owner's tasks that the query asks for, newest first."""
        rows = self._database.read(LIST, list_values(owner, query))
        page = tuple(TASKS.load(row["record"]) for row in rows[: query.limit])
        return TaskPage(page, page[-1].task_id if len(rows) > len(page) else None)

    def count(self, owner: str, query: TaskQuery) -> int:
        """Return how many tasks there are for the query on all its pages."""
        rows = self._database.read(_COUNT, list_values(owner, replace(query, before=None)))
        return int(rows[0]["number"])

    def unfinished(self) -> Iterable[Task]:
        """Return every owner's tasks that are new, queued or processing, oldest first.

        Reads them in portions, so a long queue costs little memory and no long transaction.
        """
        after = -INTEGER_MAX
        while rows := self._database.read(UNFINISHED, {"after": after}):
            portion = [TASKS.load(row["record"]) for row in rows]
            yield from portion
            after = portion[-1].task_id

    def pending(self, limit: int) -> Sequence[TaskEvent]:
        """Return the oldest events that were not passed on."""
        return [EVENTS.load(row["record"]) for row in self._database.read(_PENDING, {"limit": limit})]

    def passed_on(self, event: TaskEvent) -> None:
        """Forget the event."""
        with self._database.writing() as connection:
            connection.execute(_PASSED_ON, {"event_id": event.event_id})


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
        "record": TASKS.dump(task),
    }


def _replace(connection: Connection, task: Task) -> None:
    if not connection.execute(_REPLACE_TASK, _row(task)).rowcount:
        raise StaleTaskError(f"Task {task.task_id} was changed by somebody else.")


def _insert_event(connection: Connection, event: TaskEvent) -> None:
    values = {"event_id": event.event_id, "task_id": event.task_id, "record": EVENTS.dump(event)}
    connection.execute(_INSERT_EVENT, values)
