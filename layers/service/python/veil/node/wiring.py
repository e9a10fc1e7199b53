"""Who answers which request on a node, wired from its parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from anyio import CapacityLimiter
from aws_lambda_powertools import Logger

from veil.adapters.folders.jobs_folder import SharedJobsFolder
from veil.adapters.folders.signed_urls import SESSION_FORM
from veil.adapters.sqlite.accounts import SqliteAccounts
from veil.contracts.celantur_container.operations import taking_forms
from veil.contracts.celantur_container.routes import LIST_PATHS, container_routes
from veil.contracts.celantur_container.status import status_route
from veil.contracts.celantur_container.upload import announced_form
from veil.contracts.celantur_container.videos import video_routes
from veil.contracts.celantur_v1.operations import UPLOAD_FILE
from veil.contracts.celantur_v1.routes import file_routes
from veil.contracts.celantur_v1.upload import announced_file
from veil.contracts.celantur_v2.backend import TasksBackend
from veil.contracts.celantur_v2.part_routes import COMPLETE_PATH
from veil.contracts.celantur_v2.routes import task_routes
from veil.contracts.syntonym.backend_routes import APPROVE_PATH, PROCESS_PATHS, FolderBackend, folder_routes
from veil.contracts.syntonym.operations import DIRECT_UPLOAD, JOB_ARCHIVE
from veil.contracts.syntonym.results import JOB_ARCHIVE_PATH
from veil.contracts.syntonym.routes import DIRECT_UPLOAD_PATH, JobsBackend, job_routes
from veil.domain.job import SESSION_LIFE
from veil.domain.policy import ObjectClass
from veil.domain.principal import Principal
from veil.domain.upload_blocks import LARGEST_UPLOAD_BYTES
from veil.http.file_upload import FileUpload, UploadRules, is_form
from veil.http.files_backend import FilesBackend
from veil.http.router import Router
from veil.http.routing import Route
from veil.http.sign_in import SIGN_IN_PATHS, sign_in_routes
from veil.node.app import Endpoints, Guard, open_to_all
from veil.node.endpoints.direct_upload import DirectUploadEndpoint
from veil.node.endpoints.job_archive import JobArchiveEndpoint
from veil.node.endpoints.media import Transfers
from veil.node.endpoints.open_accounts import OpenAccounts
from veil.node.endpoints.routes import RoutesEndpoint
from veil.node.endpoints.sign_in import LimitedSignIn
from veil.node.endpoints.sign_in_limit import SignInLimit
from veil.node.endpoints.stored_file import stored_file
from veil.node.endpoints.upload import UploadEndpoint
from veil.node.endpoints.upload_session import UploadSessionEndpoint
from veil.node.host_check import HostCheck, is_loopback
from veil.node.metrics import NodeMetrics
from veil.node.stores import NodeStores
from veil.ports.clock import Clock
from veil.ports.queue import Offers
from veil.settings import NodeSettings
from veil.use_cases.accept_upload import UploadIntake
from veil.webhooks.guard import check_webhook_url

# Verifying a password takes 64 MiB and a core; more at once would only wait, in threads that others need.
SIGN_INS_AT_ONCE = 2
# More threads take the interpreter from each other: with forty, the slowest answers took twice as long (decision 0022).
ANSWERED_AT_ONCE = 8
# Each may delete very many files.
DELETIONS_OF_ALL_AT_ONCE = 2
# Each copies a file and waits until its job was looked at.
PRICED_AT_ONCE = 8
# Each copies a file.
JOINED_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWiring:
    """The parts of a node that answer requests.

    Attributes:
        base_url: Where clients reach the node, without a slash at its end.
        classes: The classes that an installed model finds.
        why_not_ready: Returns None when the service is ready, else the reason why it is not.
    """

    settings: NodeSettings
    base_url: str
    stores: NodeStores
    jobs_folder: SharedJobsFolder | None
    queue: Offers
    clock: Clock
    intake: UploadIntake
    classes: frozenset[ObjectClass]
    metrics: NodeMetrics
    logger: Logger
    why_not_ready: Callable[[], str | None]

    def guard(self) -> Guard:
        """Return what stands before the endpoints: nothing, unless callers are not asked for a token."""
        if self.settings.needs_sign_in:
            return open_to_all
        host = self.settings.host
        self.logger.warning(
            "no sign-in: whoever reaches this address may read and delete everything",
            extra={"host": host, "reachable_from": "this machine" if is_loopback(host) else "the network"},
        )
        return partial(HostCheck, base_url=self.base_url)

    def endpoints(self) -> Endpoints:
        """Return everything that answers requests."""
        transfers = Transfers(
            media=self.stores.media,
            parts=self.stores.parts,
            urls=self.stores.urls,
            tasks=self.stores.tasks,
            intake=self.intake,
            upload_limit_bytes=self.settings.upload_limit_bytes,
        )
        routes = RoutesEndpoint(
            router=Router(self._routes(), logger=self.logger),
            principal_of=self._principal_of,
            transfers=transfers,
            limiter=CapacityLimiter(ANSWERED_AT_ONCE),
            slow=_slow_routes(),
        )
        return Endpoints(routes=routes, transfers=transfers, metrics=self.metrics)

    @property
    def _accounts(self) -> SqliteAccounts | OpenAccounts:
        return self.stores.accounts if self.settings.needs_sign_in else OpenAccounts()

    def _principal_of(self, token: str) -> Principal | None:
        owner = self._accounts.owner_of(token)
        return Principal(owner) if owner else None

    def _routes(self) -> tuple[Route, ...]:
        files = FilesBackend(
            tasks=self.stores.tasks,
            media=self.stores.media,
            clock=self.clock,
            intake=self.intake,
            available=self.classes,
        )
        tasks = TasksBackend(
            tasks=self.stores.tasks,
            media=self.stores.media,
            parts=self.stores.parts,
            queue=self.queue,
            clock=self.clock,
            intake=self.intake,
            available=self.classes,
            check_webhook=self._check_webhook,
        )
        jobs = self._jobs()
        return (
            *sign_in_routes(LimitedSignIn(self._accounts, self.metrics, SignInLimit())),
            *task_routes(tasks),
            Route("POST", "/v1/file", self._upload(files), taking_forms(UPLOAD_FILE), is_streaming=True),
            *file_routes(files, stored_file),
            *container_routes(files, self.base_url),
            *video_routes(files, stored_file),
            status_route(self.why_not_ready),
            *job_routes(jobs),
            *self._folder_routes(jobs),
            Route("PUT", DIRECT_UPLOAD_PATH, DirectUploadEndpoint(jobs), DIRECT_UPLOAD, is_streaming=True),
            Route("GET", JOB_ARCHIVE_PATH, JobArchiveEndpoint(jobs, self.stores.media), JOB_ARCHIVE, is_streaming=True),
            Route("PUT", f"{SESSION_FORM.path}{{job_id}}", self._upload_session(jobs), is_streaming=True),
        )

    def _folder_routes(self, jobs: JobsBackend) -> tuple[Route, ...]:
        if self.jobs_folder is None:
            return ()
        needs_key = self.settings.needs_sign_in
        return folder_routes(
            FolderBackend(jobs=jobs, ended=self.stores.jobs, folder=self.jobs_folder, needs_key=needs_key)
        )

    def _jobs(self) -> JobsBackend:
        stores = self.stores
        return JobsBackend(
            keys=stores.api_keys,
            ledger=stores.ledger,
            jobs=stores.jobs,
            tasks=stores.tasks,
            media=stores.media,
            sessions=stores.sessions,
            clock=self.clock,
            session_uri=lambda job_id: stores.session_urls.sign("PUT", job_id, life=SESSION_LIFE),
            available=self.classes,
            limit_bytes=min(LARGEST_UPLOAD_BYTES, self.settings.upload_limit_bytes),
            check_webhook=self._check_webhook,
        )

    def _upload_session(self, jobs: JobsBackend) -> UploadSessionEndpoint:
        stores = self.stores
        return UploadSessionEndpoint(stores.session_urls, stores.sessions, stores.jobs, self.clock, jobs.limit_bytes)

    def _upload(self, files: FilesBackend) -> UploadEndpoint:
        return UploadEndpoint(
            media=self.stores.media,
            backend=files,
            announced=self._announced,
            principal_of=self._principal_of,
            upload_limit_bytes=self.settings.upload_limit_bytes,
            wait_seconds=self.settings.wait_seconds,
        )

    def _announced(self, owner: str, headers: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> FileUpload:
        """Return the upload that a request announces: a form in the container's words, all else in v1's."""
        rules = UploadRules(self.classes, self._check_webhook)
        if is_form(headers.get("content-type", "")):
            return announced_form(owner, headers, query, rules=rules, api_url=self.base_url)
        return announced_file(owner, headers, query, rules=rules)

    def _check_webhook(self, url: str) -> None:
        check_webhook_url(url, reach=self.settings.webhook_reach)


def _slow_routes() -> dict[tuple[str, str], CapacityLimiter]:
    sign_ins, deletions = CapacityLimiter(SIGN_INS_AT_ONCE), CapacityLimiter(DELETIONS_OF_ALL_AT_ONCE)
    prices, joined = CapacityLimiter(PRICED_AT_ONCE), CapacityLimiter(JOINED_AT_ONCE)
    return {
        **{("POST", path): sign_ins for path in SIGN_IN_PATHS},
        **{("DELETE", path): deletions for path in LIST_PATHS},
        ("POST", COMPLETE_PATH): joined,
        **{("POST", path): prices for path in (*PROCESS_PATHS, APPROVE_PATH)},
    }
