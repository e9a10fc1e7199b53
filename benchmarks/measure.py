"""Stopwatches."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from veil_vision.image.libjpeg import end_processes


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took.

    Attributes:
        cpu_seconds: User and system time of its threads and of processes it waited for: steady while other work runs.
        wall_seconds: Time on the clock.
        peak_mb: Largest resident memory of a process; 0 where it was not measured.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float = 0.0


def best_of(repeats: int, work: Callable[[], object]) -> Cost:
    """Return the least cost of several runs in this process, after one to warm up.

    Of processes that several runs share the mean is added, their start included: what they use is told when they end.
    """
    end_processes()
    before = _used_by(resource.RUSAGE_CHILDREN)
    work()
    costs = [_once(work) for _ in range(repeats)]
    end_processes()
    others = (_used_by(resource.RUSAGE_CHILDREN) - before) / (repeats + 1)
    return Cost(min(each.cpu_seconds for each in costs) + others, min(each.wall_seconds for each in costs))


def of_command(command: Sequence[str | Path]) -> Cost:
    """Return what a command took, its start included.

    Raises:
        RuntimeError: It failed.
    """
    watched = [sys.executable, "-S", "-c", _WATCH, *map(str, command)]
    done = subprocess.run(watched, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed")
    cpu, wall, peak_kb = (float(number) for number in done.stdout.split())
    return Cost(cpu, wall, peak_kb / 1024)


# A process inherits the memory peak of the one that starts it, so a small one of its own starts the command.
_WATCH = """
import os, sys, time
started = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(pid, 0)
print(used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _once(work: Callable[[], object]) -> Cost:
    cpu, wall = _used_by(resource.RUSAGE_SELF), time.perf_counter()
    work()
    return Cost(_used_by(resource.RUSAGE_SELF) - cpu, time.perf_counter() - wall)


def _used_by(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
