"""Worker processes: pixels are worked on beside the API, never in it."""

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Event, Thread
from time import monotonic
from uuid import uuid4

from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.segment_claims import FolderClaims
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.videos import VideoOptions
from veil.adapters.vision import VisionAnonymizer
from veil.node.idle_help import IdleHelp
from veil.node.stores import MEDIA_FOLDER, NodeStores
from veil.ports.queue import TaskRef
from veil.settings import NodeSettings
from veil.use_cases.run_task import WorkerContext
from veil.use_cases.segments import Helper
from veil.use_cases.work import work_through

# A worker looks for work this often even when nobody wakes it.
PATIENCE_SECONDS = 1.0
# A worker that keeps dying is started again after a pause, so a broken machine is not kept busy.
RESTART_PAUSE_SECONDS = 2.0

WORK_FOLDER = "work"
CLAIMS_FOLDER = "claims"

_spawn = multiprocessing.get_context("spawn")


class WakeUp:
    """What idle workers wait for: the queue is the tasks table, and nobody else tells them that it has grown.

    The semaphore is the only thing that processes share. A worker that is killed at any moment leaves it usable;
    a multiprocessing Event or Lock it could leave locked for ever.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._semaphore = _spawn.Semaphore(0)

    def put(self, ref: TaskRef) -> None:  # noqa: ARG002  # the port asks for it
        """Wake one worker, unless enough are being woken to look at everything there is."""
        if self._semaphore.get_value() < self._workers:
            self._semaphore.release()

    def wait(self) -> bool:
        """Wait to be woken, but not for long, and say whether that was so."""
        return self._semaphore.acquire(timeout=PATIENCE_SECONDS)


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
        try:
            self._clear_up_after(name, counts=True)
        except Exception:  # thread boundary: a full disk now must not end all supervision; the lease runs out
            self._logger.exception("a dead worker's task waits for its lease to run out", extra={"worker": name})
        self._stopping.wait(RESTART_PAUSE_SECONDS)
        return self._started()

    def _clear_up_after(self, name: str, *, counts: bool) -> None:
        # First: once the task is offered again it may end and be deleted, and then nothing of it may be left.
        self._discard_work(name)
        self._on_death(name, counts)

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
    """Run in a worker process: take tasks and work on them until told to stop."""
    stopping = Event()
    # SIGTERM ends the work after the picture in hand.
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    # The terminal sends Ctrl-C to every process of the group; only the service decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    logger = Logger(service="veil", stream=sys.stdout)
    stores = NodeStores.open(settings.data, worker=name)
    context = _new_context(settings, name, stores)
    idle_help = _new_idle_help(context, stores, logger, stopping)
    ready.send(name)
    logger.info("a worker is ready", extra={"worker": name, "pid": os.getpid()})
    for worked in work_through(_waiting(stores.queue, wake_up, idle_help, stopping), context, logger):
        if worked.error is not None:
            # What broke just now, such as a full disk, may break again at once.
            stopping.wait(PATIENCE_SECONDS)


def _waiting(queue: SqliteTaskQueue, wake_up: WakeUp, idle_help: IdleHelp, stopping: Event) -> Iterator[TaskRef]:
    """Yield the task whose turn it is, again and again, until told to stop."""
    while not stopping.is_set():
        ref = queue.next()
        if ref is not None:
            yield ref
        elif not wake_up.wait():
            idle_help.give()


def _new_context(settings: NodeSettings, name: str, stores: NodeStores) -> WorkerContext:
    folder = settings.data / WORK_FOLDER / name
    folder.mkdir(parents=True)
    return WorkerContext(
        worker=name,
        folder=folder,
        tasks=stores.tasks,
        media=stores.media,
        anonymizer=VisionAnonymizer.open(
            settings.models,
            threads=settings.threads,
            device=settings.device,
            profile=settings.profile,
            videos=VideoOptions(settings.video_encoder, settings.threads, settings.check_every),
        ),
        clock=SystemClock(),
        claims=FolderClaims(settings.data / WORK_FOLDER / CLAIMS_FOLDER),
    )


def _new_idle_help(context: WorkerContext, stores: NodeStores, logger: Logger, stopping: Event) -> IdleHelp:
    helper = Helper(
        tasks=context.tasks,
        media=context.media,
        anonymizer=context.anonymizer,
        folder=context.folder,
        claims=context.claims,
    )
    return IdleHelp(stores.tasks, helper, logger, is_idle=lambda: not stopping.is_set() and stores.queue.next() is None)


def _end_with_parent() -> None:
    """End this process at once when the service is gone, even by kill -9."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, name="parent-watch", daemon=True).start()
