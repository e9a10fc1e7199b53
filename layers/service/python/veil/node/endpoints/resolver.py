"""The way from an HTTP request to the routes, one event at a time."""

from collections.abc import Callable
from threading import Lock
from time import perf_counter
from types import SimpleNamespace

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from veil.node.endpoints.rest_event import PlainAnswer, PlainRequest, plain_answer, rest_event

ALLOWED_HOLD_SECONDS = 0.25


class ResolverDoor:
    """Resolves requests as a Lambda environment would: never two at once.

    Powertools keeps the current event on a class, so two events in one process would see each other's
    caller (docs/decisions/0001). Routes only touch the database, so the lock is held for milliseconds.
    """

    def __init__(self, app: APIGatewayRestResolver, owner_of_token: Callable[[str], str | None]) -> None:
        self._app = app
        self._owner_of_token = owner_of_token
        self._one_at_a_time = Lock()
        self._logger = Logger(service="veil", child=True)

    def answer(self, request: PlainRequest) -> PlainAnswer:
        """Return the routes' answer. Checks the caller's token before it takes the lock."""
        event = rest_event(request, owner=self._owner_of_token(bearer(dict(request.headers).get("authorization", ""))))
        context = SimpleNamespace(aws_request_id=request.request_id, function_name="veil-node")
        with self._one_at_a_time:
            started = perf_counter()
            answer = self._app.resolve(event, context)  # type: ignore[arg-type]  # routes read only the id of a context
            held = perf_counter() - started
        if held > ALLOWED_HOLD_SECONDS:
            self._logger.warning("a route was slow", extra={"seconds": round(held, 3), "path": request.path})
        return plain_answer(answer)


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header: bare, as vendor clients send it, or after `Bearer`."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else authorization.strip()
