"""Queues in steps of a second: tasks arrive, wait for one of some servers, and are served in order."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A queue and those who work it off.

    Attributes:
        seconds: How long one task keeps a server.
        most: Servers at most.
        at_once: Servers that are there from the start, and stay.
        grows_per_minute: Servers that may be added in a minute.
        boot_seconds: How long a server is not there yet after it was added.
        lingers_seconds: How long a server stays that nobody needs.
        tasks_per_server: How many waiting tasks make one server wanted.
        collects_seconds: How long tasks are collected before they are offered.
    """

    seconds: float
    most: int
    at_once: int = 0
    grows_per_minute: float = 300
    boot_seconds: float = 0
    lingers_seconds: float = 0
    tasks_per_server: int = 1
    collects_seconds: float = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What happened at one stage, second by second.

    Attributes:
        arrived: Tasks that had arrived by the end of each second, and that had been started.
        started: Likewise.
        servers: Servers that were there, those that booted included.
        stage: The stage.
    """

    arrived: Curve
    started: Curve
    servers: Curve
    stage: Stage

    @property
    def done(self) -> Curve:
        """Tasks that each second finished: the arrivals of the next stage."""
        finished = _later(np.diff(self.started, prepend=0.0), round(self.stage.seconds))
        return np.asarray(finished)

    def delays(self) -> Curve:
        """Return for each second how long the tasks that arrived then took, on the average of first and last.

        What still waits at the end of the run is taken to be worked off by the servers there are at most.
        """
        first = np.minimum(np.concatenate([[0.0], self.arrived[:-1]]) + 1, self.arrived)
        moment = np.arange(len(self.arrived))
        waits = np.maximum((self._starts(first) + self._starts(self.arrived)) / 2 - moment, 0)
        return np.asarray(waits + self.stage.seconds + self.stage.collects_seconds)

    def _starts(self, tasks: Curve) -> Curve:
        """Return the second in which each of the tasks, by its number, was started or will be."""
        within = np.searchsorted(self.started, tasks)
        left = np.maximum(tasks - self.started[-1], 0)
        return np.asarray(within + left * self.stage.seconds / self.stage.most)

    def delay(self, share: float) -> float:
        """Return the delay that this share of the tasks does not exceed."""
        weights = np.diff(self.arrived, prepend=0.0)
        delays = self.delays()
        order = np.argsort(delays)
        reached = np.searchsorted(np.cumsum(weights[order]), share * weights.sum())
        return float(delays[order][min(reached, len(delays) - 1)])

    @property
    def server_seconds(self) -> float:
        """How long servers were there, all together."""
        return float(self.servers.sum())


def run(arrivals: Curve, stage: Stage) -> Run:
    """Send tasks through a stage. A task is started when one of the servers that are ready is free.

    Args:
        arrivals: Tasks of each second.
        stage: The stage.
    """
    crew = _Crew(stage)
    length = max(1, round(stage.seconds))
    per_server = length / stage.seconds
    arrived = np.cumsum(arrivals)
    started, servers = [0.0] * length, list[int]()
    for second, come in enumerate(arrived.tolist()):
        before, free_from = started[-1], started[-length]
        ready = crew.ready(second, waiting=come - before, busy=(before - free_from) / per_server)
        started.append(min(come, max(before, free_from + ready * per_server)))
        servers.append(stage.at_once + crew.launched)
    return Run(arrived, np.array(started[length:]), np.array(servers, float), stage)


class _Crew:
    """The servers that come and go beside those that are always there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._since: list[float] = []
        self._wanted: deque[tuple[int, int]] = deque()
        self._allowance = 0.0

    @property
    def launched(self) -> int:
        return len(self._since)

    def ready(self, second: int, *, waiting: float, busy: float) -> float:
        """Return the servers that are ready after more were called or some were sent home."""
        stage = self._stage
        wanted = min(stage.most, ceil(busy + waiting / stage.tasks_per_server)) - stage.at_once
        self._resize(second, self._most_wanted_lately(second, wanted))
        return stage.at_once + bisect_right(self._since, second - stage.boot_seconds)

    def _most_wanted_lately(self, second: int, wanted: int) -> int:
        recent = self._wanted
        while recent and recent[-1][1] <= wanted:
            recent.pop()
        recent.append((second, wanted))
        while recent[0][0] < second - self._stage.lingers_seconds:
            recent.popleft()
        return recent[0][1]

    def _resize(self, second: int, size: int) -> None:
        rate = self._stage.grows_per_minute / 60
        self._allowance = min(self._allowance + rate, max(rate, 1.0))
        more = min(size - len(self._since), int(self._allowance))
        if more > 0:
            self._allowance -= more
            self._since.extend([float(second)] * more)
        while len(self._since) > max(size, 0):
            self._since.pop()


def _later(curve: Curve, seconds: int) -> Curve:
    return np.concatenate([np.zeros(seconds), curve])[: len(curve)]
