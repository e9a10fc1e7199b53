"""Who answers which request on a node, wired from its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from veil.domain.policy import ObjectClass
from veil.http.container_api import add_container_routes
from veil.http.file_upload import UploadRules
from veil.http.files_api import add_file_routes
from veil.http.files_backend import FilesBackend
from veil.http.identity import signed_in_owner
from veil.http.resolver import new_app
from veil.http.status_api import add_status_route
from veil.http.tasks_api import TasksBackend, add_task_routes
from veil.node.app import Doors, Guard, open_to_all
from veil.node.endpoints.files import FilesDoor
from veil.node.endpoints.media import Transfers
from veil.node.endpoints.open_accounts import OpenAccounts
from veil.node.endpoints.resolver import ResolverDoor
from veil.node.endpoints.sign_in import SignInDoor
from veil.node.endpoints.sign_in_limit import SignInLimit
from veil.node.host_check import HostCheck, is_loopback
from veil.node.metrics import NodeMetrics
from veil.node.stores import NodeStores
from veil.ports.clock import Clock
from veil.ports.queue import Offers
from veil.settings import NodeSettings
from veil.webhooks.guard import check_webhook_url


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDoors:
    """The parts of a node that the doors lead to.

    Attributes:
        base_url: Where clients reach the node, without a slash at its end.
        classes: The classes that an installed model finds.
        why_not_ready: Returns None when the service is ready, else the reason why it is not.
    """

    settings: NodeSettings
    base_url: str
    stores: NodeStores
    queue: Offers
    clock: Clock
    classes: frozenset[ObjectClass]
    metrics: NodeMetrics
    logger: Logger
    why_not_ready: Callable[[], str | None]

    def guard(self) -> Guard:
        """Return what stands before the doors: nothing, unless whoever comes in is not asked for a token."""
        if self.settings.needs_sign_in:
            return open_to_all
        host = self.settings.host
        self.logger.warning(
            "no sign-in: whoever reaches this address may read and delete everything",
            extra={"host": host, "reachable_from": "this machine" if is_loopback(host) else "the network"},
        )
        return partial(HostCheck, base_url=self.base_url)

    def opened(self) -> Doors:
        """Return everything that answers requests."""
        stores = self.stores
        accounts = stores.accounts if self.settings.needs_sign_in else OpenAccounts()
        files = self._files_backend()
        return Doors(
            resolver=ResolverDoor(self._routes(files), accounts.owner_of),
            files=FilesDoor(
                media=stores.media,
                backend=files,
                owner_of_token=accounts.owner_of,
                upload_limit_bytes=self.settings.upload_limit_bytes,
                wait_seconds=self.settings.wait_seconds,
            ),
            transfers=Transfers(
                media=stores.media,
                urls=stores.urls,
                tasks=stores.tasks,
                queue=self.queue,
                clock=self.clock,
                upload_limit_bytes=self.settings.upload_limit_bytes,
            ),
            sign_in=SignInDoor(accounts, self.metrics, SignInLimit()),
            metrics=self.metrics,
        )

    def _files_backend(self) -> FilesBackend:
        return FilesBackend(
            tasks=self.stores.tasks,
            media=self.stores.media,
            queue=self.queue,
            clock=self.clock,
            rules=UploadRules(self.classes, self._check_webhook),
            owner_of=signed_in_owner,
            api_url=self.base_url,
            wait=lambda task: task,  # uploads go through their own door, which waits
            scales_masks=True,
        )

    def _check_webhook(self, url: str) -> None:
        check_webhook_url(url, reach=self.settings.webhook_reach)

    def _routes(self, files: FilesBackend) -> APIGatewayRestResolver:
        app = new_app(logger=self.logger)
        backend = TasksBackend(
            tasks=self.stores.tasks,
            media=self.stores.media,
            clock=self.clock,
            available=self.classes,
            owner_of=signed_in_owner,
            check_webhook=self._check_webhook,
        )
        add_task_routes(app, backend)
        add_file_routes(app, files)
        add_container_routes(app, files)
        add_status_route(app, self.why_not_ready)
        return app
