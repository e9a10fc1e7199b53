"""How much lies where in a node's database."""

from collections.abc import Mapping
from dataclasses import dataclass

from veil.adapters.sqlite.database import Database, microseconds
from veil.ports.clock import Clock

_TASKS = "SELECT status, sum(number) AS number FROM task_counts GROUP BY status HAVING sum(number) > 0"
_DELIVERIES = "SELECT state, count(*) AS number FROM deliveries GROUP BY state"
_EVENTS = "SELECT count(*) AS number FROM events"
_OLDEST = "SELECT min(created_at) AS oldest FROM tasks WHERE status = 'queued'"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much lies where, read from the database at the moment of the question.

    Attributes:
        tasks: Number of tasks by status.
        oldest_queued_seconds: Age of the task that has waited longest for a worker; 0 when none waits.
        deliveries: Number of webhook deliveries by state.
        events: Events that are still to be acted on.
    """

    tasks: Mapping[str, int]
    oldest_queued_seconds: float
    deliveries: Mapping[str, int]
    events: int


def read_backlog(database: Database, clock: Clock) -> Backlog:
    """Return the backlog as it is now."""
    oldest = database.read(_OLDEST, {})[0]["oldest"]
    return Backlog(
        tasks={row["status"]: row["number"] for row in database.read(_TASKS, {})},
        oldest_queued_seconds=0.0 if oldest is None else (microseconds(clock.now()) - oldest) / 1_000_000,
        deliveries={row["state"]: row["number"] for row in database.read(_DELIVERIES, {})},
        events=database.read(_EVENTS, {})[0]["number"],
    )
