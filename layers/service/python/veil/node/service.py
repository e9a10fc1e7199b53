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
from random import random
from threading import Event, Thread
from typing import Protocol

from aws_lambda_powertools import Logger

from veil.adapters.archives.reader import SevenZipReader
from veil.adapters.clock import SystemClock
from veil.adapters.folders.durable_files import make_private_folders
from veil.adapters.folders.secrets import Purpose
from veil.adapters.models import installed_classes
from veil.adapters.sqlite.accounts import UsernameTakenError
from veil.adapters.sqlite.backlog import read_backlog
from veil.adapters.video_length import VideoLengths
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.contracts.syntonym.bodies import callback_body
from veil.contracts.webhook_body import webhook_body
from veil.domain.errors import SignInRefusedError
from veil.domain.media import UploadLimits
from veil.domain.policy import ObjectClass
from veil.node.app import http_app
from veil.node.disk_space import why_no_room
from veil.node.dispatcher import Dispatcher
from veil.node.http_server import ANY_ADDRESS, NodeBusyError, listening_on, local_url, serve_http
from veil.node.job_runner import JobRunner
from veil.node.metrics import NodeMetrics
from veil.node.stores import WORK_FOLDER, NodeStores
from veil.node.wake_up import WakeUp
from veil.node.wiring import NodeWiring
from veil.node.worker_pool import WorkerPool
from veil.settings import NodeSettings
from veil.use_cases.accept_upload import LIMITS, UploadIntake
from veil.use_cases.advance_job import JobSteps
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.expire_tasks import expire_tasks
from veil.use_cases.inspect_upload import Inspection
from veil.use_cases.jobs import shown_job
from veil.use_cases.recover import Recovery

RECOVERY_SECONDS = 30.0
INSPECTION_FOLDER = f"{WORK_FOLDER}/inspection"


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
        self._intake = self._new_intake()
        self._pool = WorkerPool(settings, self._wake_up, on_death=self._recover_from)
        self._metrics = NodeMetrics(partial(read_backlog, self._stores.database, self._clock))
        self._dispatcher = self._new_dispatcher()
        self._jobs_folder = self._stores.jobs_folder(settings.jobs_folder) if settings.jobs_folder else None
        self._job_runner = JobRunner(self._job_steps())
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
        resumed = self._recovery(is_dead=lambda worker: not self._pool.is_ours(worker), counts=False).run()
        self._logger.info("resumed", extra={"tasks": resumed})
        self._expire()

    def _keep_recovering(self) -> None:
        recovery = self._recovery(is_dead=lambda _: False, counts=True)
        while not self._stopping.wait(RECOVERY_SECONDS):
            try:
                recovery.run()
                self._expire()
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
        self._recovery(is_dead=lambda name: name == worker, counts=counts).run()

    def _new_intake(self) -> UploadIntake:
        limits = UploadLimits(max_video_bytes=min(LIMITS.max_video_bytes, self._settings.upload_limit_bytes))
        stores = self._stores
        return UploadIntake(
            tasks=stores.tasks, media=stores.media, queue=self._wake_up, clock=self._clock, limits=limits
        )

    def _recovery(self, *, is_dead: Callable[[str], bool], counts: bool) -> Recovery:
        return Recovery(
            tasks=self._stores.tasks,
            parts=self._stores.parts,
            queue=self._wake_up,
            clock=self._clock,
            intake=self._intake,
            is_dead=is_dead,
            counts=counts,
        )

    def _job_steps(self) -> JobSteps:
        stores = self._stores
        return JobSteps(
            jobs=stores.jobs,
            tasks=stores.tasks,
            sessions=stores.sessions,
            clock=self._clock,
            intake=self._intake,
            inspection=self._inspection(),
            results=self._jobs_folder,
            auto_approve=self._settings.auto_approve,
        )

    def _inspection(self) -> Inspection:
        stores = self._stores
        return Inspection(
            jobs=stores.jobs,
            tasks=stores.tasks,
            media=stores.media,
            sessions=stores.sessions,
            probe=VideoLengths(),
            archives=SevenZipReader(),
            clock=self._clock,
            available=self._classes,
            prices=self._settings.prices,
            folder=self._settings.data / INSPECTION_FOLDER,
        )

    def _new_dispatcher(self) -> Dispatcher:
        stores = self._stores
        deliver = partial(
            deliver_webhook,
            tasks=stores.tasks,
            media=stores.media,
            deliveries=stores.deliveries,
            sender=HttpWebhookSender(reach=self._settings.webhook_reach),
            clock=self._clock,
            install_key=stores.secret.key_for(Purpose.WEBHOOKS),
            body_of=partial(webhook_body, api_url=self._base_url),
            jitter=random,
            report_of=self._report_of,
        )
        return Dispatcher(
            outbox=stores.tasks, deliveries=stores.deliveries, media=stores.media, clock=self._clock, deliver=deliver
        )

    def _report_of(self, job_id: str) -> str | None:
        stores = self._stores
        job = stores.jobs.get(job_id)
        return callback_body(shown_job(job, tasks=stores.tasks), stores.media) if job else None

    def _serve_http(self) -> None:
        wiring = NodeWiring(
            settings=self._settings,
            base_url=self._base_url,
            stores=self._stores,
            jobs_folder=self._jobs_folder,
            queue=self._wake_up,
            clock=self._clock,
            intake=self._intake,
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
