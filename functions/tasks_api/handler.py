"""The v2 API of tasks, and the service's status."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.stores import AwsStores
from veil.domain.policy import ObjectClass
from veil.http.identity import signed_in_owner
from veil.http.resolver import new_app
from veil.http.status_api import add_status_route
from veil.http.tasks_api import TasksBackend, add_task_routes
from veil.settings import TasksApiSettings
from veil.webhooks.guard import check_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY

logger = Logger()


@cache
def api() -> APIGatewayRestResolver:
    """Wire the routes, once for each environment."""
    settings = TasksApiSettings.from_env(os.environ)
    stores = AwsStores.open(settings)
    app = new_app(logger=logger, cors_origins=settings.cors_origins)
    backend = TasksBackend(
        tasks=stores.tasks,
        media=stores.media,
        clock=stores.clock,
        available=frozenset(map(ObjectClass, settings.classes)),
        owner_of=signed_in_owner,
        check_webhook=partial(check_webhook_url, reach=PUBLIC_ONLY),
    )
    add_task_routes(app, backend)
    add_status_route(app, lambda: None)
    return app


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request that API Gateway let through."""
    return api().resolve(event, context)
