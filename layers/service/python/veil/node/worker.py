"""What runs in a worker process: it takes tasks and looks at pixels."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from threading import Event, Thread

from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.folders.segment_claims import FolderClaims
from veil.adapters.machine_memory import room_here
from veil.adapters.models import ModelsUnusableError
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.video_options import VideoOptions
from veil.adapters.vision import VisionAnonymizer
from veil.node.idle_help import IdleHelp
from veil.node.stores import CLAIMS_FOLDER, WORK_FOLDER, NodeStores
from veil.node.wake_up import PATIENCE_SECONDS, WakeUp
from veil.ports.queue import TaskRef
from veil.settings import NodeSettings
from veil.use_cases.segments import Helper
from veil.use_cases.work import work_through
from veil.use_cases.worker_context import WorkerContext


def work(settings: NodeSettings, name: str, wake_up: WakeUp, ready: Connection) -> None:
    """Take tasks and work on them until SIGTERM comes; say the name into `ready` once tasks can be taken.

    Where the models cannot be used, the log says why, and the process ends with exit code 1.
    """
    stopping = Event()
    # SIGTERM ends the work after the picture in hand.
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    # The terminal sends Ctrl-C to every process of the group; only the service decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    logger = Logger(service="veil", stream=sys.stdout)
    stores = NodeStores.open(settings.data, worker=name)
    try:
        context = _new_context(settings, name, stores)
    except ModelsUnusableError as error:
        # Its successor tries again, so that whoever installs the model need not start the service again.
        logger.error("a worker cannot look", extra={"worker": name, "reason": str(error)})  # noqa: TRY400 (a user's fault)
        sys.exit(1)
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
            max_pixels=settings.max_pixels,
            max_room=room_here(),
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
