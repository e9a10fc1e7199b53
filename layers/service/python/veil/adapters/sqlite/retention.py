"""What has ended and can go, in SQLite."""

import json
from collections.abc import Sequence
from datetime import datetime

from veil.adapters.sqlite.database import Database, microseconds
from veil.ports.queue import TaskRef

# A task with an event goes once somebody has acted on that.
_ENDED = "ended_at <= :moment AND NOT EXISTS (SELECT 1 FROM events WHERE events.task_id = tasks.task_id)"
ENDED_UNTIL = f"SELECT owner, task_id FROM tasks WHERE {_ENDED} ORDER BY ended_at LIMIT :limit"  # noqa: S608  # no input
_REMOVE = f"DELETE FROM tasks WHERE task_id IN (SELECT value FROM json_each(:ids)) AND {_ENDED}"  # noqa: S608  # no input
_OVER = "FROM deliveries WHERE state <> 'pending' AND due_at <= :moment"


class SqliteEndedTasks:
    """Tasks and webhook calls that are over, in the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ended_until(self, moment: datetime, limit: int) -> Sequence[TaskRef]:
        """Return the tasks that ended longest ago, none that ended after the moment."""
        rows = self._database.read(ENDED_UNTIL, {"moment": microseconds(moment), "limit": limit})
        return [TaskRef(row["owner"], row["task_id"]) for row in rows]

    def remove(self, refs: Sequence[TaskRef], moment: datetime) -> None:
        """Forget the records of these tasks, but not of those that changed since."""
        ids = json.dumps([ref.task_id for ref in refs])
        with self._database.writing() as connection:
            connection.execute(_REMOVE, {"ids": ids, "moment": microseconds(moment)})

    def remove_deliveries(self, moment: datetime) -> None:
        """Forget the webhook calls that are over and were due by then."""
        values = {"moment": microseconds(moment)}
        # Most of the time there is none, and looking writes nothing.
        if self._database.read(f"SELECT 1 {_OVER} LIMIT 1", values):
            with self._database.writing() as connection:
                connection.execute(f"DELETE {_OVER}", values)
