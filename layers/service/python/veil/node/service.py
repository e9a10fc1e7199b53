"""The whole node: everything wired once, started, and stopped in order."""

import fcntl
import logging
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from random import random
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from threading import Event, Thread
from types import FrameType

import uvicorn
from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.folders.secrets import Purpose
from veil.adapters.sqlite.accounts import UsernameTakenError
from veil.adapters.sqlite.backlog import read_backlog
from veil.adapters.vision import installed_classes
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.domain.errors import SignInRefusedError, VeilError
from veil.domain.policy import ObjectClass
from veil.node.app import http_app
from veil.node.connections import BoundedConnection, connection_limit
from veil.node.dispatcher import Dispatcher
from veil.node.metrics import NodeMetrics
from veil.node.stores import NodeStores
from veil.node.wiring import NodeDoors
from veil.node.worker_pool import WORK_FOLDER, NotifyingQueue, WorkerPool, new_wake_up
from veil.settings import NodeSettings
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.recover import Recovery

RECOVERY_SECONDS = 30.0
# Clients poll every 5 or 10 seconds: a connection closed just then would fail them.
KEEP_ALIVE_SECONDS = 75
# What is accepted but neither counted nor closed yet is at most four times the backlog.
ACCEPT_SHARE = 4
# How long requests under way may take once the service is told to stop.
FAREWELL_SECONDS = 5


class NodeBusyError(VeilError):
    """Another service runs on the same data folder."""


def serve_node(settings: NodeSettings, *, first_account: tuple[str, str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then stop in order.

    Args:
        settings: How to serve.
        first_account: User name and password of an account to create, or whose password to set.

    Raises:
        NodeBusyError: Another service runs on the same folder.
        ModelsUnusableError: No model is installed.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(settings.data / "serve.lock"):
        node = _Node(settings)
        if first_account:
            node.ensure_account(*first_account)
        node.run()


class _Node:
    """The parts of a node. Nothing runs before `run`."""

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._logger = Logger(service="veil", stream=sys.stdout)
        self._classes = installed_classes(settings.models)
        self._socket = _listening(settings.host, settings.port)
        self._base_url = settings.public_url or _local_url(settings.host, self._socket.getsockname()[1])
        self._stores = NodeStores.open(settings.data, base_url=self._base_url)
        wake_up = new_wake_up()
        self._queue = NotifyingQueue(self._stores.queue, wake_up)
        self._pool = WorkerPool(settings, wake_up, on_death=self._recover_from)
        self._metrics = NodeMetrics(partial(read_backlog, self._stores.database, self._clock))
        self._dispatcher = self._new_dispatcher()
        self._stopping = Event()

    def ensure_account(self, username: str, password: str) -> None:
        """Create the account, or make this its password."""
        accounts = self._stores.accounts
        with suppress(UsernameTakenError):
            accounts.add(username, password)
        try:
            accounts.sign_in(username, password)
        except SignInRefusedError:
            accounts.set_password(username, password)

    def _tell_missing_classes(self) -> None:
        missing = [each.value for each in ObjectClass if each not in self._classes]
        if missing:
            told = {"classes": missing, "command": "veil models pull"}
            self._logger.warning("some classes will be refused: no installed model finds them", extra=told)

    def run(self) -> None:
        """Pick up what an earlier run left, serve until told to stop, and stop in order."""
        self._tell_missing_classes()
        self._tidy()
        self._pool.start()
        self._dispatcher.start()
        recovery = Thread(target=self._keep_recovering, name="recovery", daemon=True)
        recovery.start()
        self._logger.info("serving", extra={"url": self._base_url, "data": str(self._settings.data)})
        try:
            self._serve_http()
        finally:
            self._stopping.set()
            recovery.join()
            with ThreadPoolExecutor() as at_once:
                list(at_once.map(lambda stop: stop(), (self._pool.stop, self._dispatcher.stop)))
            self._logger.info("stopped")

    def _tidy(self) -> None:
        self._stores.media.discard_leftovers()
        shutil.rmtree(self._settings.data / WORK_FOLDER, ignore_errors=True)
        # A stopped machine is not the task's fault, so these claims do not count.
        resumed = self._recovery(is_dead=lambda worker: not self._pool.is_ours(worker), counts=False).run()
        self._logger.info("resumed", extra={"tasks": resumed})

    def _keep_recovering(self) -> None:
        recovery = self._recovery(is_dead=lambda _: False, counts=True)
        while not self._stopping.wait(RECOVERY_SECONDS):
            try:
                recovery.run()
            except Exception:  # thread boundary: one bad moment must not end all recovery
                self._logger.exception("the recovery will try again")

    def _recover_from(self, worker: str, counts: bool) -> None:  # a callback's signature
        if counts:
            self._metrics.worker_deaths.inc()
        self._recovery(is_dead=lambda name: name == worker, counts=counts).run()

    def _recovery(self, *, is_dead: Callable[[str], bool], counts: bool) -> Recovery:
        return Recovery(
            tasks=self._stores.tasks,
            media=self._stores.media,
            queue=self._queue,
            clock=self._clock,
            is_dead=is_dead,
            counts=counts,
        )

    def _new_dispatcher(self) -> Dispatcher:
        stores = self._stores
        deliver = partial(
            deliver_webhook,
            tasks=stores.tasks,
            media=stores.media,
            deliveries=stores.deliveries,
            sender=HttpWebhookSender(allow_private=self._settings.allow_private_webhooks),
            clock=self._clock,
            install_key=stores.secret.key_for(Purpose.WEBHOOKS),
            api_url=self._base_url,
            jitter=random,
        )
        return Dispatcher(
            outbox=stores.tasks, deliveries=stores.deliveries, media=stores.media, clock=self._clock, deliver=deliver
        )

    def _serve_http(self) -> None:
        # Uvicorn raises the signal again once it has stopped; what it would do then is done here instead.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, _ignore)
        # What the server has to say goes where everything else is logged, and looks like it.
        logging.getLogger("uvicorn").addHandler(self._logger.registered_handler)
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        doors = NodeDoors(
            settings=self._settings,
            base_url=self._base_url,
            stores=self._stores,
            queue=self._queue,
            clock=self._clock,
            classes=self._classes,
            metrics=self._metrics,
            logger=self._logger,
            why_not_ready=self._why_not_ready,
        )
        limit = connection_limit()
        config = uvicorn.Config(
            http_app(doors.opened(), cors_origins=self._settings.cors_origins, guard=doors.guard()),
            log_config=None,
            access_log=False,
            server_header=False,
            http=BoundedConnection,
            ws="none",
            limit_concurrency=limit,
            # So many are accepted at once, before the first of them can be closed.
            backlog=max(1, limit // ACCEPT_SHARE),
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=FAREWELL_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[self._socket])

    def _why_not_ready(self) -> str | None:
        if self._stopping.is_set():
            return "The service is stopping."
        return None if self._pool.is_ready else "No worker is ready; they may be loading their models."


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file; the operating system frees it however this process ends."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeBusyError(f"Another service runs on {lock.parent}.") from None
        yield


def _listening(host: str, port: int) -> socket:
    """Return a socket bound to the address, whose connections send small answers at once.

    Raises:
        NodeBusyError: The address cannot be had.
    """
    try:
        listening = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        raise NodeBusyError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    # Accepted sockets inherit it; asyncio sets it only on sockets that name their protocol, which these do not.
    listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return listening


def _local_url(host: str, port: int) -> str:
    """Return where clients on this machine reach the node."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing, so that a signal that Uvicorn has handled does not end the process as well."""
