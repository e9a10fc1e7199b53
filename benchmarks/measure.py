"""Stopwatches."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took.

    Attributes:
        cpu_seconds: User and system time of all its threads: steady while other work runs.
        wall_seconds: Time on the clock.
        peak_mb: Largest resident memory of a process; 0 where it was not measured.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float = 0.0


def best_of(repeats: int, work: Callable[[], object]) -> Cost:
    """Return the least cost of several runs in this process, after one to warm up."""
    work()
    costs = [_once(work) for _ in range(repeats)]
    return Cost(min(each.cpu_seconds for each in costs), min(each.wall_seconds for each in costs))


def of_command(command: Sequence[str | Path]) -> Cost:
    """Return what a command took, its start included.

    Raises:
        RuntimeError: It failed.
    """
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{command[0]} failed")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss / 1024)


def _once(work: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)
