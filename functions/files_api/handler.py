"""The v1 API of files, as far as a request can carry them: uploads pass through here, downloads are redirects."""

import os
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.lanes import Lanes
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.url_signer import UrlSigner
from veil.contracts.celantur_v1.buffered_upload import buffered_upload_route
from veil.contracts.celantur_v1.routes import file_routes, redirect_to_files
from veil.contracts.celantur_v1.upload import announced_file
from veil.domain.policy import ObjectClass
from veil.http.api_gateway import GatewayApi
from veil.http.file_upload import UploadRules
from veil.http.files_backend import FilesBackend
from veil.http.router import Router
from veil.settings import TasksApiSettings
from veil.webhooks.guard import check_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY

logger = Logger()


@cache
def api() -> GatewayApi:
    """Wire the routes, once for each environment."""
    settings = TasksApiSettings.from_env(os.environ)
    backend = _backend(settings)
    rules = UploadRules(backend.available, partial(check_webhook_url, reach=PUBLIC_ONLY))
    upload = buffered_upload_route(backend, partial(announced_file, rules=rules))
    routes = (upload, *file_routes(backend, redirect_to_files(backend.media)))
    return GatewayApi(Router(routes, logger=logger), cors_origins=settings.cors_origins)


def _backend(settings: TasksApiSettings) -> FilesBackend:
    stores = AwsStores.open(settings, signer=UrlSigner.told(settings.url_signer))
    return FilesBackend(
        tasks=stores.tasks,
        media=stores.media,
        clock=stores.clock,
        intake=stores.intake(Lanes.open(stores, settings)),
        available=frozenset(map(ObjectClass, settings.classes)),
    )


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request that API Gateway let through."""
    return api().answer(event)
