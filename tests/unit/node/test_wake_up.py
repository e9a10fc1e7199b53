"""What wakes workers."""

from veil.node.wake_up import WakeUp
from veil.ports.queue import TaskRef


def test_each_task_wakes_a_worker(monkeypatch):
    wake_up = WakeUp(workers=2)

    wake_up.put(TaskRef("ana", 1))

    assert waits(wake_up, monkeypatch, 2) == [False, True]


def test_many_tasks_wake_no_more_workers_than_there_are(monkeypatch):
    wake_up = WakeUp(workers=2)

    for task_id in range(500):
        wake_up.put(TaskRef("ana", task_id))

    assert waits(wake_up, monkeypatch, 3) == [False, False, True]


def waits(wake_up, monkeypatch, times):
    """Return for each of so many waits whether it had to wait to the end."""
    monkeypatch.setattr("veil.node.wake_up.PATIENCE_SECONDS", 0.01)
    return [not wake_up.wait() for _ in range(times)]
