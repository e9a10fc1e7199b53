"""Once told to on standard input, claim every queued task of ana and say which ones: one id a line."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.errors import StaleTaskError

store = SqliteTaskStore(Database(Path(sys.argv[1])))
now = datetime(2026, 11, 21, tzinfo=UTC)
tasks = list(store.unfinished())
sys.stdout.write("ready\n")
sys.stdin.readline()
for task in tasks:
    try:
        store.save(task.claimed(sys.argv[2], now, timedelta(seconds=60)))
        sys.stdout.write(f"{task.task_id}\n")
    except StaleTaskError:
        continue
