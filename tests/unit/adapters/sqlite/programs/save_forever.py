"""Take tasks to their ends as fast as possible, and say what was acknowledged: `<task id> <version>`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task

store = SqliteTaskStore(Database(Path(sys.argv[1])))
policy, now = Policy(face=ClassRule(hide=True)), datetime(2026, 11, 21, tzinfo=UTC)
for task_id in range(1, 1_000_000):
    created = Task.create(owner="ana", task_id=task_id, policy=policy, webhook="https://example.org/hook", now=now)
    store.add(created)
    sys.stdout.write(f"{task_id} {created.task.version}\n")
    queued = created.task.uploaded(Upload(1, "", b"", ""), MediaType.JPEG, now)
    store.save(queued)
    sys.stdout.write(f"{task_id} {queued.task.version}\n")
    claimed = queued.task.claimed("w", now, timedelta(seconds=1))
    store.save(claimed)
    sys.stdout.write(f"{task_id} {claimed.task.version}\n")
    finished = claimed.task.finished("w", (), now)
    store.save(finished)
    sys.stdout.write(f"{task_id} {finished.task.version}\n")
