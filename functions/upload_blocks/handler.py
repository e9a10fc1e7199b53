"""Uploads of jobs: the URL that was handed out takes blocks, lists of them, and small files as a whole."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.session_urls import session_urls
from veil.adapters.aws.stores import AwsStores
from veil.adapters.aws.upload_sessions import S3UploadSessions
from veil.adapters.folders.signed_urls import SESSION_FORM, UrlRefusedError
from veil.contracts.syntonym.upload_session import BufferedUploadSession, SessionRefusedError
from veil.http.api_gateway import GatewayApi
from veil.http.router import Router
from veil.http.routing import Route
from veil.settings import StoreSettings

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StoreSettings):
    """What this function is told.

    Attributes:
        install_key_secret: The name of the secret that upload URLs are signed by.
        upload_limit_bytes: Larger uploads are refused.
    """

    install_key_secret: str
    upload_limit_bytes: int


@cache
def api() -> GatewayApi:
    """Wire the one route, once for each environment."""
    settings = Settings.from_env(os.environ)
    stores = AwsStores.open(settings)
    urls = session_urls(settings.install_key_secret, stores.clock)

    def job_id_of(path: str, query: Mapping[str, str]) -> str:
        try:
            return urls.verify("PUT", path, query)
        except UrlRefusedError as error:
            raise SessionRefusedError(str(error)) from error

    limit = settings.upload_limit_bytes
    sessions = S3UploadSessions(stores.clients, settings.bucket, stores.media, limit_bytes=limit)
    session = BufferedUploadSession(job_id_of, sessions, stores.jobs, stores.clock)
    return GatewayApi(Router([Route("PUT", f"{SESSION_FORM.path}{{job_id}}", session)], logger=logger))


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request. The URL's signature is all that a client shows."""
    return api().answer(event)
