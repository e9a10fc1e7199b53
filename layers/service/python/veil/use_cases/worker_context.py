"""What a worker works with."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from veil.ports.anonymizer import Anonymizer
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import TaskStore
from veil.use_cases.segments import PROGRESS_TIME, Claims, every_segment

LEASE_TIME = timedelta(seconds=60)
# How often a worker asks whether its task is still wanted: so soon after a cancellation it stops.
WATCH_TIME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """Everything a worker works with.

    Attributes:
        worker: The worker's name, unique among all that ever ran.
        folder: Where it may keep files while it works.
        claims: Which segments of a video it looks at, and which others do.
    """

    worker: str
    folder: Path
    tasks: TaskStore
    media: MediaStore
    anonymizer: Anonymizer
    clock: Clock
    claims: Claims = every_segment
    lease_time: timedelta = LEASE_TIME
    progress_time: timedelta = PROGRESS_TIME
    watch_time: timedelta = WATCH_TIME
