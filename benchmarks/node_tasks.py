"""How many tasks a node's database takes to their ends in a second, without pixels and media.

`python -m benchmarks.node_tasks [FOLDER]`: every transaction is synced, so the disk under FOLDER decides.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.deliveries import DeliveryState
from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, WebhookStatus
from veil.use_cases.announce import delivery_for

TASKS = 300
ROUNDS = 3
OWNERS = 20
LEASE_TIME = timedelta(minutes=1)
# What ends between two looks of the dispatcher, a fifth of a second, at 50 tasks a second.
EVENTS_AT_ONCE = 10


class Bookkeeping:
    """What API, worker and dispatcher write for a task, in their order."""

    def __init__(self, database: Database) -> None:
        self._tasks = SqliteTaskStore(database)
        self._queue = SqliteTaskQueue(database)
        self._deliveries = SqliteDeliveryStore(database)

    def submit(self, number: int, webhook: str | None) -> None:
        """Create a task and take its upload."""
        now, policy = datetime.now(UTC), Policy(face=ClassRule(hide=True))
        owner = f"owner-{number % OWNERS}"
        created = Task.create(owner=owner, task_id=number, policy=policy, webhook=webhook, now=now)
        self._tasks.add(created)
        self._tasks.save(created.task.uploaded(Upload(1, "", b"", "00"), MediaType.JPEG, now))

    def work(self) -> bool:
        """Claim the task whose turn it is and finish it; return False where none waits."""
        ref = self._queue.next()
        task = self._tasks.get(ref.owner, ref.task_id) if ref else None
        if task is None:
            return False
        claimed = task.claimed("w", datetime.now(UTC), LEASE_TIME)
        self._tasks.save(claimed)
        self._tasks.save(claimed.task.finished("w", (), datetime.now(UTC)))
        return True

    def call(self) -> None:
        """Pass on the events as the dispatcher does, and note that their calls were made."""
        while events := self._tasks.pending(EVENTS_AT_ONCE):
            self._tasks.passed_on(events, [call for event in events if (call := delivery_for(event))])
        for due in self._deliveries.due(datetime.now(UTC), TASKS):
            task = None if due.task_id is None else self._tasks.get(due.owner, due.task_id)
            if task is not None:
                called = replace(due, state=DeliveryState.DELIVERED)
                self._tasks.update(task.with_webhook_status(WebhookStatus.SENT), called)


def tasks_per_second(folder: Path, webhook: str | None) -> float:
    """Take `TASKS` tasks of `OWNERS` owners to their ends, one after the other."""
    with TemporaryDirectory(dir=folder) as fresh, Database(Path(fresh)) as database:
        node = Bookkeeping(database)
        start = perf_counter()
        for number in range(TASKS):
            node.submit(number, webhook)
        while node.work():
            pass
        node.call()
        return TASKS / (perf_counter() - start)


def commits_per_second(folder: Path) -> float:
    """Commit the smallest change again and again: what the disk gives."""
    with TemporaryDirectory(dir=folder) as fresh, Database(Path(fresh)) as database:
        start = perf_counter()
        for turn in range(TASKS):
            with database.writing() as connection:
                connection.execute("INSERT OR REPLACE INTO turns VALUES ('ana', ?)", (turn,))
        return TASKS / (perf_counter() - start)


def main(folder: Path) -> None:
    """Print the medians of `ROUNDS` rounds."""
    measured: dict[str, Callable[[], float]] = {
        "commits": lambda: commits_per_second(folder),
        "tasks without a webhook": lambda: tasks_per_second(folder, None),
        "tasks with a webhook": lambda: tasks_per_second(folder, "https://example.org/hook"),
    }
    for what, measure in measured.items():
        print(f"{what}: {median(measure() for _ in range(ROUNDS)):.0f} a second")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
