"""The v2 API of tasks, and the service's status."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.lanes import Lanes
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.url_signer import UrlSigner
from veil.contracts.celantur_container.status import status_route
from veil.contracts.celantur_v2.backend import TasksBackend
from veil.contracts.celantur_v2.routes import task_routes
from veil.domain.policy import ObjectClass
from veil.http.api_gateway import GatewayApi
from veil.http.router import Router
from veil.settings import TasksApiSettings
from veil.webhooks.guard import check_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY

logger = Logger()


@cache
def api() -> GatewayApi:
    """Wire the routes, once for each environment."""
    settings = TasksApiSettings.from_env(os.environ)
    stores = AwsStores.open(settings, signer=UrlSigner.told(settings.url_signer))
    lanes = Lanes.open(stores, settings)
    backend = TasksBackend(
        tasks=stores.tasks,
        media=stores.media,
        parts=stores.parts,
        queue=lanes,
        clock=stores.clock,
        intake=stores.intake(lanes, settings.upload_limits),
        available=frozenset(map(ObjectClass, settings.classes)),
        check_webhook=partial(check_webhook_url, reach=PUBLIC_ONLY),
    )
    routes = (*task_routes(backend), status_route(lambda: None))
    return GatewayApi(Router(routes, logger=logger), cors_origins=settings.cors_origins)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request that API Gateway let through."""
    return api().answer(event)
