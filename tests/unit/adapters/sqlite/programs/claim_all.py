"""Once told to on standard input, claim tasks as long as any waits and say which ones: one id a line."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.errors import StaleTaskError

database = Database(Path(sys.argv[1]))
store, queue = SqliteTaskStore(database), SqliteTaskQueue(database)
now = datetime(2026, 11, 21, tzinfo=UTC)
sys.stdout.write("ready\n")
sys.stdin.readline()
while ref := queue.next():
    try:
        store.save(store.get(ref.owner, ref.task_id).claimed(sys.argv[2], now, timedelta(seconds=60)))
        sys.stdout.write(f"{ref.task_id}\n")
    except StaleTaskError:
        continue
