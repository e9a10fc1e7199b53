"""Once told to on standard input, take offers until there are none and say which tasks: one id a line."""

import sys
from datetime import timedelta
from pathlib import Path

from veil.adapters.clock import SystemClock
from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.queue import SqliteWorkQueue

queue = SqliteWorkQueue(Database(Path(sys.argv[1])), SystemClock(), visibility=timedelta(minutes=10))
sys.stdout.write("ready\n")
sys.stdin.readline()
while message := queue.take():
    sys.stdout.write(f"{message.ref.task_id}\n")
