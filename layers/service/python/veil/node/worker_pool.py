"""Worker processes: pixels are worked on beside the API, never in it."""

import multiprocessing
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from time import monotonic
from uuid import uuid4

from aws_lambda_powertools import Logger

from veil.adapters.folders.media import FolderMediaStore
from veil.node.stores import MEDIA_FOLDER, WORK_FOLDER
from veil.node.wake_up import PATIENCE_SECONDS, WakeUp
from veil.settings import NodeSettings

# A worker that keeps dying is started again after a pause, so a broken machine is not kept busy.
RESTART_PAUSE_SECONDS = 2.0

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process, and the pipe on which it says that it is ready."""

    process: BaseProcess
    announcement: Connection

    @property
    def is_ready(self) -> bool:
        """Whether the worker has loaded its models and lives."""
        return self.process.is_alive() and self.announcement.poll()


class WorkerPool:
    """Keeps the wanted number of worker processes alive until told to stop."""

    def __init__(self, settings: NodeSettings, wake_up: WakeUp, on_death: Callable[[str, bool], None]) -> None:
        """Start nothing yet.

        Args:
            settings: The node's settings.
            wake_up: Wakes the workers.
            on_death: Called with the name of a worker that ended with its work undone, and whether that
                counts as an attempt that the task may be to blame for.
        """
        self._settings = settings
        self._wake_up = wake_up
        self._on_death = on_death
        self._incarnation = uuid4().hex[:12]
        self._numbers = count(1)
        self._workers: list[Worker] = []
        self._stopping = Event()
        self._thread = Thread(target=self._supervise, name="worker-pool", daemon=True)
        self._logger = Logger(service="veil", child=True)

    @property
    def is_ready(self) -> bool:
        """Whether at least one worker takes tasks."""
        return any(worker.is_ready for worker in self._workers)

    def is_ours(self, worker: str) -> bool:
        """Say whether a worker of this name was started by this pool."""
        return worker.startswith(f"{self._incarnation}-")

    def start(self) -> None:
        """Start the workers and the thread that replaces dead ones."""
        self._workers = [self._started() for _ in range(self._settings.workers)]
        self._thread.start()

    def stop(self) -> None:
        """Let the workers finish their picture within the time the settings grant, then end them."""
        self._stopping.set()
        self._thread.join()
        processes = [worker.process for worker in self._workers]
        for process in processes:
            process.terminate()
        deadline = monotonic() + self._settings.stop_seconds
        for process in processes:
            process.join(max(0.0, deadline - monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            self._clear_up_after(process.name, counts=False)

    def _supervise(self) -> None:
        while not self._stopping.wait(PATIENCE_SECONDS / 2):
            for index, worker in enumerate(self._workers):
                if not worker.process.is_alive() and not self._stopping.is_set():
                    self._workers[index] = self._replaced(worker)

    def _replaced(self, dead: Worker) -> Worker:
        name, exit_code = dead.process.name, dead.process.exitcode
        self._logger.error("a worker died", extra={"worker": name, "exit_code": exit_code})
        dead.announcement.close()
        self._clear_up_after(name, counts=True)
        self._stopping.wait(RESTART_PAUSE_SECONDS)
        return self._started()

    def _clear_up_after(self, name: str, *, counts: bool) -> None:
        try:
            # First: once the task is offered again it may end and be deleted, and then nothing of it may be left.
            self._discard_work(name)
            self._on_death(name, counts)
        except Exception:  # thread boundary: a full disk now must end neither supervision nor the other workers' end
            self._logger.exception("a dead worker's task waits for its lease to run out", extra={"worker": name})

    def _discard_work(self, name: str) -> None:
        """Remove what a dead worker was working with: an original, and results half stored."""
        FolderMediaStore.discard_drafts(self._settings.data / MEDIA_FOLDER, name)
        with suppress(FileNotFoundError):
            shutil.rmtree(self._settings.data / WORK_FOLDER / name)

    def _started(self) -> Worker:
        name = f"{self._incarnation}-{next(self._numbers)}"
        announcement, ready = _spawn.Pipe(duplex=False)
        arguments = (self._settings, name, self._wake_up, ready)
        process = _spawn.Process(target=_work, args=arguments, name=name, daemon=True)
        process.start()
        ready.close()
        return Worker(process, announcement)


def _work(settings: NodeSettings, name: str, wake_up: WakeUp, ready: Connection) -> None:
    """Run in a worker process, the only one that loads what looks at pixels."""
    from veil.node.worker import work

    work(settings, name, wake_up, ready)
