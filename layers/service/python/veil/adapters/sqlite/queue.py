"""The work queue in SQLite."""

from datetime import timedelta
from uuid import uuid4

from veil.adapters.sqlite.database import Database, microseconds
from veil.ports.clock import Clock
from veil.ports.queue import Message, TaskRef

# An offer that nobody took keeps its place. One that was taken is made again: whoever has it may be
# about to settle it, and then this one must remain.
_PUT = """
    INSERT INTO offers (task_id, owner, visible_at) VALUES (:task_id, :owner, :now)
    ON CONFLICT (task_id) DO UPDATE SET visible_at = excluded.visible_at, receipt = NULL WHERE receipt IS NOT NULL
"""
_TAKE = """
    UPDATE offers SET visible_at = :hidden_until, receipt = :receipt
    WHERE task_id = (SELECT task_id FROM offers WHERE visible_at <= :now ORDER BY visible_at, task_id LIMIT 1)
    RETURNING owner, task_id
"""
_SETTLE = "DELETE FROM offers WHERE task_id = :task_id AND receipt = :receipt"


class SqliteWorkQueue:
    """Offers in the node's database, hidden for `visibility` once taken."""

    def __init__(self, database: Database, clock: Clock, *, visibility: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._visibility = visibility

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker, now, even where an earlier offer of it was taken."""
        values = {"task_id": ref.task_id, "owner": ref.owner, "now": microseconds(self._clock.now())}
        with self._database.writing() as connection:
            connection.execute(_PUT, values)

    def take(self) -> Message | None:
        """Return the task that waited longest and hide it from the others for a while, or None."""
        now, receipt = self._clock.now(), uuid4().hex
        values = {
            "now": microseconds(now),
            "hidden_until": microseconds(now + self._visibility),
            "receipt": receipt,
        }
        with self._database.writing() as connection:
            taken = connection.execute(_TAKE, values).fetchall()
        return Message(TaskRef(taken[0]["owner"], taken[0]["task_id"]), receipt) if taken else None

    def settle(self, message: Message) -> None:
        """Take the offer back for good, unless the task was offered or taken again since."""
        values = {"task_id": message.ref.task_id, "receipt": message.receipt}
        with self._database.writing() as connection:
            connection.execute(_SETTLE, values)
