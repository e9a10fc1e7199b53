"""The resolver every API hangs its routes on: CORS, and one shape for everything that goes wrong."""

import traceback
from collections.abc import Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from veil.http.errors import HttpError, error_answer

OPERATOR = "the operator of this service"
_PREFLIGHT_SECONDS = 3600


def new_app(*, logger: Logger, contact: str = OPERATOR, cors_origins: Sequence[str] = ("*",)) -> APIGatewayRestResolver:
    """Return a resolver without routes.

    It takes paths with and without trailing slashes, without a redirect. Any origin may call it from a
    browser unless told otherwise: callers prove who they are by a header, never by a cookie.

    Args:
        logger: Where unexpected errors are told.
        contact: Whom a caller is to ask after an unexpected error.
        cors_origins: Browser origins that may call, at least one.
    """
    first, *others = cors_origins
    cors = CORSConfig(allow_origin=first, extra_origins=others, max_age=_PREFLIGHT_SECONDS)
    # Said outright, because Powertools' debug mode prints whole events, and the environment can switch it on.
    app = APIGatewayRestResolver(cors=cors, debug=False)

    def no_route(_: NotFoundError) -> Response[str]:
        return error_answer(_no_route(app))

    def unexpected(error: Exception) -> Response[str]:
        _log(error, app, logger)
        text = f"An unexpected error occurred. If the problem persists, please contact {contact}."
        return error_answer(HttpError(500, text))

    app.not_found(no_route)
    app.exception_handler(HttpError)(error_answer)
    app.exception_handler(Exception)(unexpected)
    return app


def _no_route(app: APIGatewayRestResolver) -> HttpError:
    method, path = app.current_event.http_method, app.current_event.path
    routes = [*app._static_routes, *app._dynamic_routes]  # Powertools has no public list of its routes
    allowed = sorted({route.method for route in routes if route.rule.match(path)})
    if not allowed:
        return HttpError(404, f"There is nothing at {path}.")
    text = f"{method} is not allowed here. Allowed: {', '.join(allowed)}."
    return HttpError(405, text, headers={"Allow": ", ".join(allowed)})


def _log(error: Exception, app: APIGatewayRestResolver, logger: Logger) -> None:
    """Tell what happened and where, but not the error's message: it may quote a body, a token or a URL."""
    logger.error(
        "unexpected error",
        extra={
            "request_id": app.current_event["requestContext"].get("requestId"),
            "error_type": type(error).__qualname__,
            "raised_at": traceback.format_tb(error.__traceback__),
        },
    )
