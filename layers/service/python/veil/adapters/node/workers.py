"""Worker processes: pixels are worked on beside the API, never in it."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event, Semaphore
from threading import Thread
from time import monotonic
from uuid import uuid4

from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.node.stores import NodeStores
from veil.adapters.vision import VisionAnonymizer
from veil.ports import Message, TaskRef, WorkQueue
from veil.settings import NodeSettings
from veil.use_cases.run_task import Bench, give_back, run_task

# A worker looks for work this often even when nobody wakes it.
PATIENCE_SECONDS = 1.0
# A worker that keeps dying is started again after a pause, so a broken machine is not kept busy.
RESTART_PAUSE_SECONDS = 2.0

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Signals:
    """How the service and its workers talk."""

    work: Semaphore = field(default_factory=lambda: _spawn.Semaphore(0))
    ready: Event = field(default_factory=_spawn.Event)
    stop: Event = field(default_factory=_spawn.Event)


class WakingQueue:
    """A work queue that wakes a worker of this service for each task put."""

    def __init__(self, queue: WorkQueue, signals: Signals) -> None:
        self._queue = queue
        self._signals = signals
        self.take = queue.take
        self.settle = queue.settle

    def put(self, ref: TaskRef) -> None:
        """Offer the task to one worker, and wake one."""
        self._queue.put(ref)
        self._signals.work.release()


class WorkerPool:
    """Keeps the wanted number of worker processes alive until told to stop."""

    def __init__(self, settings: NodeSettings, signals: Signals, on_death: Callable[[str, bool], None]) -> None:
        """Start nothing yet.

        Args:
            settings: The node's settings.
            signals: Shared with the processes.
            on_death: Called with the name of a worker that ended with its work undone, and whether that
                counts as an attempt that the task may be to blame for.
        """
        self._settings = settings
        self._signals = signals
        self._on_death = on_death
        self._incarnation = uuid4().hex[:12]
        self._numbers = count(1)
        self._processes: list[BaseProcess] = []
        self._thread = Thread(target=self._supervise, name="worker-pool", daemon=True)
        self._logger = Logger(service="veil", child=True)

    def is_ours(self, worker: str) -> bool:
        """Say whether a worker of this name was started by this pool."""
        return worker.startswith(f"{self._incarnation}-")

    def start(self) -> None:
        """Start the workers and the thread that replaces dead ones."""
        self._processes = [self._started() for _ in range(self._settings.workers)]
        self._thread.start()

    def stop(self) -> None:
        """Let the workers finish their picture within the time the settings grant, then end them."""
        self._signals.stop.set()
        self._thread.join()
        deadline = monotonic() + self._settings.stop_seconds
        for process in self._processes:
            process.join(max(0.0, deadline - monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
                self._on_death(process.name, False)

    def _supervise(self) -> None:
        while not self._signals.stop.wait(PATIENCE_SECONDS / 2):
            for index, process in enumerate(self._processes):
                if not process.is_alive() and not self._signals.stop.is_set():
                    self._logger.error("a worker died", extra={"worker": process.name, "exit_code": process.exitcode})
                    self._on_death(process.name, True)
                    self._signals.stop.wait(RESTART_PAUSE_SECONDS)
                    self._processes[index] = self._started()

    def _started(self) -> BaseProcess:
        name = f"{self._incarnation}-{next(self._numbers)}"
        process = _spawn.Process(target=_work, args=(self._settings, name, self._signals), name=name, daemon=True)
        process.start()
        return process


def _work(settings: NodeSettings, name: str, signals: Signals) -> None:
    """Run in a worker process: take tasks and work on them until told to stop."""
    _end_with_parent()
    # The terminal sends Ctrl-C to every process of the group; only the service decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logger = Logger(service="veil", stream=sys.stdout)
    stores = NodeStores.open(settings.data)
    anonymizer = VisionAnonymizer.open(settings.models, threads=settings.threads, provider=settings.provider)
    folder = settings.data / "work" / name
    folder.mkdir(parents=True)
    bench = Bench(
        worker=name,
        folder=folder,
        tasks=stores.tasks,
        media=stores.media,
        anonymizer=anonymizer,
        clock=SystemClock(),
    )
    signals.ready.set()
    while not signals.stop.is_set():
        message = stores.queue.take()
        if message is None:
            signals.work.acquire(timeout=PATIENCE_SECONDS)
        else:
            _run(message, bench, stores.queue, logger)


def _run(message: Message, bench: Bench, queue: WorkQueue, logger: Logger) -> None:
    about = {"task_id": message.ref.task_id, "worker": bench.worker}
    try:
        task = run_task(message.ref, bench)
    except Exception:  # process boundary: whatever went wrong, the task must be tried again or end
        logger.exception("a task broke its worker's hands", extra=about)
        if give_back(message.ref, bench, counts=True) is not None:
            queue.put(message.ref)
        return
    queue.settle(message)
    if task is not None:
        logger.info("a task ended", extra={**about, "status": task.status, "failure_cause": task.failure_cause})


def _end_with_parent() -> None:
    """End this process at once when the service is gone, even by kill -9."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, name="parent-watch", daemon=True).start()
