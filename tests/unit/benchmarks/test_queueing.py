"""Queues of the load model, held against what is known of queues on paper."""

import heapq
from math import factorial

import numpy as np
import pytest

from benchmarks.load.queueing import Stage, run


def arrivals(rate, seconds=20_000, seed=1):
    return np.random.default_rng(seed).poisson(rate, seconds).astype(float)


def waits(result):
    """The mean wait in seconds, of all tasks."""
    weights = np.diff(result.arrived, prepend=0.0)
    queued = result.delays() - result.stage.seconds
    return float((queued * weights).sum() / weights.sum())


def textbook_wait(counts, seconds, servers):
    """Every single task goes to the server that is free first."""
    free, waited, tasks = [0.0] * servers, 0.0, 0
    for moment, count in enumerate(counts):
        for _ in range(int(count)):
            start = max(float(moment), free[0])
            heapq.heapreplace(free, start + seconds)
            waited, tasks = waited + start - moment, tasks + 1
    return waited / tasks


def erlang_wait(rate, seconds, servers):
    """Erlang's mean wait where services take any time (M/M/c): an upper bound for those that take the same."""
    load = rate * seconds
    last = load**servers / factorial(servers) * servers / (servers - load)
    chance = last / (sum(load**k / factorial(k) for k in range(servers)) + last)
    return chance * seconds / (servers - load)


@pytest.mark.parametrize("rate", [0.2, 1.0, 1.6, 1.9])
def test_it_agrees_with_the_textbook_task_by_task(rate):
    counts = arrivals(rate)

    result = run(counts, Stage(seconds=5, most=10, at_once=10))

    assert waits(result) == pytest.approx(textbook_wait(counts, 5, 10), abs=0.05)


@pytest.mark.parametrize("rate", [1.0, 1.6, 1.9])
def test_a_wait_lies_between_none_and_erlangs(rate):
    result = run(arrivals(rate, 100_000), Stage(seconds=5, most=10, at_once=10))

    assert 0 <= waits(result) <= erlang_wait(rate, 5, 10)


def test_what_waits_on_average_is_rate_times_wait():
    counts = arrivals(1.9)

    result = run(counts, Stage(seconds=5, most=10, at_once=10))

    waiting = (result.arrived - result.started).mean()
    assert waiting == pytest.approx(counts.mean() * waits(result), rel=0.02)


def test_nobody_waits_where_everybody_has_a_server():
    result = run(arrivals(1), Stage(seconds=5, most=1000, at_once=1000))

    assert result.delay(1.0) == 5


def test_too_much_waits_longer_with_every_second():
    result = run(np.full(1000, 4.0), Stage(seconds=5, most=10, at_once=10))

    assert result.delays()[-1] == pytest.approx(5 + 1000 * (4 * 5 / 10 - 1), rel=0.01)
    assert result.delay(0.5) == pytest.approx(result.delay(1.0) / 2, rel=0.02)


def test_nothing_is_lost_and_nothing_is_done_before_its_time():
    counts = np.append(arrivals(1.9, 2000), np.zeros(200))

    result = run(counts, Stage(seconds=5, most=10, at_once=10))

    assert (result.started <= result.arrived).all()
    assert (np.cumsum(result.done) <= result.started).all()
    assert result.done.sum() == counts.sum()


def test_more_tasks_never_wait_shorter_and_more_servers_never_longer():
    def delay(rate, servers):
        return run(arrivals(rate), Stage(seconds=5, most=servers, at_once=servers)).delay(0.95)

    assert sorted(delay(rate, 10) for rate in (0.5, 1.5, 2.5)) == [delay(rate, 10) for rate in (0.5, 1.5, 2.5)]
    assert delay(2.5, 10) > delay(2.5, 15) >= delay(2.5, 30)


class TestServersThatComeAndGo:
    def test_a_machine_is_called_by_a_task_starts_and_leaves_when_nobody_needs_it(self):
        counts = np.zeros(1000)
        counts[100] = 1

        result = run(counts, Stage(seconds=10, most=4, boot_seconds=300, lingers_seconds=60))

        assert result.delay(1.0) == pytest.approx(300 + 10, abs=1)
        assert result.server_seconds == pytest.approx(300 + 10 + 60, abs=3)

    def test_no_more_come_than_may(self):
        result = run(np.full(600, 10.0), Stage(seconds=5, most=7, at_once=2))

        assert result.servers.max() == 7

    def test_they_come_no_faster_than_they_may(self):
        result = run(np.full(600, 100.0), Stage(seconds=5, most=1000, at_once=5, grows_per_minute=300))

        assert result.servers[59] == pytest.approx(5 + 300, abs=5)

    def test_a_job_of_many_tasks_calls_one_machine(self):
        counts = np.zeros(1000)
        counts[0] = 150

        result = run(counts, Stage(seconds=1, most=10, tasks_per_server=50, boot_seconds=100, lingers_seconds=100))

        assert result.servers.max() == 3
        # The middle one of what came at once.
        assert result.delay(0.5) == pytest.approx(100 + 50 / 2, abs=2)
