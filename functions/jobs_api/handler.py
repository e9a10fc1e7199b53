"""Syntonym's public API of jobs, all but the bytes of large uploads (upload_blocks)."""

import os
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.session_urls import session_urls
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.url_signer import UrlSigner
from veil.contracts.syntonym.operations import DIRECT_UPLOAD
from veil.contracts.syntonym.routes import DIRECT_UPLOAD_PATH, JobsBackend, direct_upload, job_routes
from veil.domain.job import SESSION_LIFE
from veil.domain.policy import ObjectClass
from veil.http.api_gateway import GatewayApi
from veil.http.request import Request
from veil.http.response import Response
from veil.http.router import Router
from veil.http.routing import Route
from veil.settings import StoreSettings
from veil.webhooks.guard import check_webhook_url
from veil.webhooks.reach import PUBLIC_ONLY

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StoreSettings):
    """What this function is told.

    Attributes:
        classes: The classes that the anonymizer's models find.
        url_signer: Who signs URLs: identity pool, login, role (veil.adapters.aws.url_signer).
        cors_origins: Browser origins that may call the API.
        api_url: Where clients reach the API, without a slash at its end.
        install_key_secret: The name of the secret that upload URLs are signed by.
        upload_limit_bytes: Larger uploads are refused.
    """

    classes: tuple[str, ...]
    url_signer: tuple[str, ...]
    cors_origins: tuple[str, ...] = ("*",)
    api_url: str
    install_key_secret: str
    upload_limit_bytes: int


@cache
def api() -> GatewayApi:
    """Wire the routes, once for each environment."""
    settings = Settings.from_env(os.environ)
    backend = _backend(settings)

    def upload_directly(request: Request, file_name: str) -> Response:
        return direct_upload(backend, unquote(file_name), request.headers, request.query)

    routes = (*job_routes(backend), Route("PUT", DIRECT_UPLOAD_PATH, upload_directly, DIRECT_UPLOAD))
    return GatewayApi(Router(routes, logger=logger), cors_origins=settings.cors_origins)


def _backend(settings: Settings) -> JobsBackend:
    stores = AwsStores.open(settings, signer=UrlSigner.told(settings.url_signer))
    urls = session_urls(settings.install_key_secret, stores.clock, base_url=settings.api_url)
    return JobsBackend(
        keys=stores.api_keys,
        ledger=stores.ledger,
        jobs=stores.jobs,
        tasks=stores.tasks,
        media=stores.media,
        sessions=stores.sessions,
        clock=stores.clock,
        session_uri=lambda job_id: urls.sign("PUT", job_id, life=SESSION_LIFE),
        available=frozenset(map(ObjectClass, settings.classes)),
        limit_bytes=settings.upload_limit_bytes,
        check_webhook=partial(check_webhook_url, reach=PUBLIC_ONLY),
    )


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request, whose key is looked at here: API Gateway lets everybody through."""
    return api().answer(event)
