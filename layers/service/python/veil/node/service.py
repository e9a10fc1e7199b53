"""The whole node: everything wired once, started, and stopped in order."""

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from aws_lambda_powertools import Logger

from veil.adapters.clock import SystemClock
from veil.adapters.folders.durable_files import make_private_folders
from veil.adapters.models import installed_classes
from veil.adapters.sqlite.accounts import UsernameTakenError
from veil.adapters.sqlite.backlog import read_backlog
from veil.domain.errors import SignInRefusedError
from veil.domain.policy import ObjectClass
from veil.node.app import http_app
from veil.node.background import INSPECTION_FOLDER, Background
from veil.node.disk_space import why_no_room
from veil.node.http_server import ANY_ADDRESS, NodeBusyError, listening_on, local_url, serve_http
from veil.node.job_runner import JobRunner
from veil.node.metrics import NodeMetrics
from veil.node.stores import WORK_FOLDER, NodeStores
from veil.node.wake_up import WakeUp
from veil.node.wiring import NodeWiring
from veil.node.worker_pool import WorkerPool
from veil.settings import NodeSettings
from veil.use_cases.expire_tasks import expire_tasks

RECOVERY_SECONDS = 30.0


class Announce(Protocol):
    """Tells whoever started the node that it serves."""

    def __call__(self, url: str, *, lacks_accounts: bool) -> None:
        """Tell the address, and whether nobody can sign in yet."""


def serve_node(settings: NodeSettings, *, first_account: tuple[str, str] | None, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT, then stop in order.

    Args:
        settings: How to serve.
        first_account: User name and password of an account to create, or whose password to set.
        announce: Called once it serves.

    Raises:
        NodeBusyError: Another service runs on the same folder.
        ModelsUnusableError: No model is installed.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(settings.data / "serve.lock"):
        node = _Node(settings)
        if first_account:
            node.ensure_account(*first_account)
        node.run(announce)


class _Node:
    """The parts of a node. Nothing runs before `run`."""

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._logger = Logger(service="veil", stream=sys.stdout)
        self._classes = installed_classes(settings.models)
        self._socket = listening_on(settings.host, settings.port)
        self._base_url = settings.public_url or local_url(settings.host, self._socket.getsockname()[1])
        self._stores = NodeStores.open(
            settings.data,
            base_url=self._base_url,
            max_open_tasks=settings.max_open_tasks,
            max_open_jobs=settings.max_open_jobs,
        )
        self._wake_up = WakeUp(settings.workers)
        self._pool = WorkerPool(settings, self._wake_up, on_death=self._recover_from)
        self._metrics = NodeMetrics(partial(read_backlog, self._stores.database, self._clock))
        self._jobs_folder = self._stores.jobs_folder(settings.jobs_folder) if settings.jobs_folder else None
        self._background = Background(
            settings=settings,
            base_url=self._base_url,
            stores=self._stores,
            jobs_folder=self._jobs_folder,
            queue=self._wake_up,
            clock=self._clock,
            classes=self._classes,
        )
        self._dispatcher = self._background.dispatcher()
        self._job_runner = JobRunner(self._background.job_steps())
        self._stopping = Event()

    def ensure_account(self, username: str, password: str) -> None:
        """Create the account, or make this its password."""
        try:
            self._stores.accounts.add(username, password)
        except UsernameTakenError:
            self._let_sign_in(username, password)

    def _let_sign_in(self, username: str, password: str) -> None:
        """Set the account's password unless it has this one: a new one ends all sessions."""
        try:
            self._stores.accounts.sign_in(username, password)
        except SignInRefusedError:
            self._stores.accounts.set_password(username, password)

    def _tell_missing_classes(self) -> None:
        missing = [each.value for each in ObjectClass if each not in self._classes]
        if missing:
            told = {"classes": missing, "command": "veil models pull"}
            self._logger.warning("some classes will be refused: no installed model finds them", extra=told)

    def _warn_of_local_urls(self) -> None:
        if self._settings.public_url is None and self._settings.host in ANY_ADDRESS:
            told = {"url": self._base_url, "option": "--public-url"}
            self._logger.warning("clients on other machines are handed URLs that lead to this one only", extra=told)

    def _tell_missing_accounts(self) -> bool:
        lacks_accounts = self._settings.needs_sign_in and not self._stores.accounts.list()
        if lacks_accounts:
            told = {"command": f"veil users add NAME --data {self._settings.data}"}
            self._logger.warning("nobody can sign in: there is no account", extra=told)
        return lacks_accounts

    def run(self, announce: Announce) -> None:
        """Pick up what an earlier run left, serve until told to stop, and stop in order."""
        self._tell_missing_classes()
        self._tidy()
        self._pool.start()
        self._dispatcher.start()
        self._job_runner.start()
        recovery = Thread(target=self._keep_recovering, name="recovery", daemon=True)
        recovery.start()
        self._warn_of_local_urls()
        lacks_accounts = self._tell_missing_accounts()
        told = {"url": self._base_url, "docs": f"{self._base_url}/docs", "data": str(self._settings.data)}
        self._logger.info("serving", extra=told)
        announce(self._base_url, lacks_accounts=lacks_accounts)
        try:
            self._serve_http()
        finally:
            self._stopping.set()
            recovery.join()
            with ThreadPoolExecutor() as at_once:
                list(at_once.map(lambda stop: stop(), self._stops))
            self._logger.info("stopped")

    @property
    def _stops(self) -> tuple[Callable[[], None], ...]:
        return self._pool.stop, self._dispatcher.stop, self._job_runner.stop

    def _tidy(self) -> None:
        self._stores.media.discard_leftovers()
        with suppress(FileNotFoundError):
            shutil.rmtree(self._settings.data / WORK_FOLDER)
        make_private_folders(self._settings.data / INSPECTION_FOLDER)
        # A stopped machine is not the task's fault, so these claims do not count.
        resumed = self._background.recovery(is_dead=lambda worker: not self._pool.is_ours(worker), counts=False).run()
        self._logger.info("resumed", extra={"tasks": resumed})
        self._expire()

    def _keep_recovering(self) -> None:
        recovery = self._background.recovery(is_dead=lambda _: False, counts=True)
        while not self._stopping.wait(RECOVERY_SECONDS):
            try:
                recovery.run()
                self._expire()
                self._stores.database.checkpoint()
            except Exception:  # thread boundary: one bad moment must not end all recovery
                self._logger.exception("the recovery will try again")

    def _expire(self) -> None:
        if self._settings.retention_days is None:
            return
        retention = timedelta(days=self._settings.retention_days)
        self._stores.jobs.remove_ended(self._clock.now() - retention)
        expired = expire_tasks(retention, ended=self._stores.ended, media=self._stores.media, clock=self._clock)
        if expired:
            self._logger.info("expired", extra={"tasks": expired})

    def _recover_from(self, worker: str, counts: bool) -> None:  # a callback's signature
        if counts:
            self._metrics.worker_deaths.inc()
        self._background.recovery(is_dead=lambda name: name == worker, counts=counts).run()

    def _serve_http(self) -> None:
        wiring = NodeWiring(
            settings=self._settings,
            base_url=self._base_url,
            stores=self._stores,
            jobs_folder=self._jobs_folder,
            queue=self._wake_up,
            clock=self._clock,
            intake=self._background.intake(),
            classes=self._classes,
            metrics=self._metrics,
            logger=self._logger,
            why_not_ready=self._why_not_ready,
        )
        app = http_app(wiring.endpoints(), cors_origins=self._settings.cors_origins, guard=wiring.guard())
        serve_http(app, self._socket, self._logger, trusted_proxies=self._settings.trusted_proxies)

    def _why_not_ready(self) -> str | None:
        if self._stopping.is_set():
            return "The service is stopping."
        if not self._pool.is_ready:
            return "No worker is ready; they may be loading their models."
        return why_no_room(self._settings.data)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file; the operating system frees it however this process ends."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeBusyError(f"Another service runs on {lock.parent}.") from None
        yield
