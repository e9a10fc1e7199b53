"""Whose turn it is on the node: the tasks table itself is the queue."""

from veil.adapters.sqlite.database import Database
from veil.ports.queue import TaskRef

NEXT = """
    SELECT owner, task_id FROM (
        SELECT
            waiting.owner AS owner,
            coalesce(working.number, 0) AS at_work,
            coalesce(turns.turn, 0) AS turn,
            (SELECT task_id FROM tasks
             WHERE tasks.owner = waiting.owner AND tasks.status = 'queued' ORDER BY place LIMIT 1) AS task_id
        FROM task_counts AS waiting
        LEFT JOIN task_counts AS working ON working.owner = waiting.owner AND working.status = 'processing'
        LEFT JOIN turns ON turns.owner = waiting.owner
        WHERE waiting.status = 'queued' AND waiting.number > 0
    ) ORDER BY at_work, turn, task_id LIMIT 1
"""


class SqliteTaskQueue:
    """The tasks that wait for a worker, in fair turns between their owners.

    The order is kept in numbers that only grow, not in times: a clock that is set back holds nobody up.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def next(self) -> TaskRef | None:
        """Return the task whose turn it is, or None where none waits.

        It is of the owner with the fewest tasks at work, among several of the one whose last turn is longest
        ago; of this owner's tasks it is the one that has waited longest. Nothing is written: whoever claims the
        task first has it, and all others find out when they try.
        """
        rows = self._database.read(NEXT, {})
        return TaskRef(rows[0]["owner"], rows[0]["task_id"]) if rows else None
