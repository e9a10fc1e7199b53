"""Sign-in: the only door to Cognito's password flow."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.accounts import CognitoAccounts, TooManySignInsError
from veil.adapters.aws.clients import AwsClients
from veil.http.api_gateway import GatewayApi
from veil.http.request import Request
from veil.http.response import Response
from veil.http.router import Router
from veil.http.sign_in import sign_in_routes, signed_in, too_many_attempts
from veil.settings import FunctionSettings

# Cognito says that it has had enough, not for how long.
PAUSE_SECONDS = 5

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FunctionSettings):
    """What this function is told.

    Attributes:
        user_pool: The id of the user pool.
        app_client: The id of its app client.
        cors_origins: Browser origins that may call the API.
    """

    user_pool: str
    app_client: str
    cors_origins: tuple[str, ...] = ("*",)


@cache
def api() -> GatewayApi:
    """Wire the routes, once for each environment."""
    settings = Settings.from_env(os.environ)
    accounts = CognitoAccounts(AwsClients(settings.aws_region), settings.user_pool, settings.app_client)

    def sign_in(request: Request) -> Response:
        try:
            return signed_in(request, accounts=accounts)
        except TooManySignInsError as error:
            raise too_many_attempts(PAUSE_SECONDS) from error

    return GatewayApi(Router(sign_in_routes(sign_in), logger=logger), cors_origins=settings.cors_origins)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to sign in."""
    return api().answer(event)
