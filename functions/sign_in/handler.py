"""Sign-in: the only door to Cognito's password flow."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from veil.adapters.aws.accounts import CognitoAccounts, TooManySignInsError
from veil.adapters.aws.clients import AwsClients
from veil.http.resolver import new_app
from veil.http.sign_in import add_sign_in_route, too_many_attempts
from veil.settings import SignInSettings

# Cognito says that it has had enough, not for how long.
PAUSE_SECONDS = 5

logger = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(SignInSettings):
    """What this function is told.

    Attributes:
        cors_origins: Browser origins that may call the API.
    """

    cors_origins: tuple[str, ...] = ("*",)


@cache
def api() -> APIGatewayRestResolver:
    """Wire the route, once for each environment."""
    settings = Settings.from_env(os.environ)
    app = new_app(logger=logger, cors_origins=settings.cors_origins)
    clients = AwsClients(settings.aws_region)
    add_sign_in_route(app, CognitoAccounts(clients, settings.user_pool, settings.app_client))
    app.exception_handler(TooManySignInsError)(_come_back_later)
    return app


def _come_back_later(_: TooManySignInsError) -> Response[str]:
    return too_many_attempts(PAUSE_SECONDS)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to sign in."""
    return api().resolve(event, context)
