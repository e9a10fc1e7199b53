"""One log line and one count for every request, and an answer where something broke."""

import traceback
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from aws_lambda_powertools import Logger
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from veil.http import file_id
from veil.node.metrics import NodeMetrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
_LONGEST_ID = 19


class RequestLog:
    """Gives every request an id, counts it and logs it, without query, headers or body: they hold secrets."""

    def __init__(self, app: ASGIApp, metrics: NodeMetrics, *, route_of: Callable[[str], str | None]) -> None:
        """Log the requests to the application.

        Args:
            app: The application.
            metrics: Where requests are counted.
            route_of: Returns the route that a path is on, or None. There are few, so that metrics stay few and
                keys out of logs.
        """
        self._app = app
        self._metrics = metrics
        self._route_of = route_of
        self._logger = Logger(service="veil", child=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = uuid4().hex
        started, status = perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001  # process boundary: Starlette has answered, and Uvicorn would print secrets
            self._tell_of(error, request_id)
        finally:
            self._count(scope, status, perf_counter() - started, request_id)

    def _tell_of(self, error: Exception, request_id: str) -> None:
        """Tell what happened and where, but not the error's message: it may quote a token or a URL."""
        self._logger.error(
            "unexpected error",
            extra={
                "request_id": request_id,
                "error_type": type(error).__qualname__,
                "raised_at": traceback.format_tb(error.__traceback__),
            },
        )

    def _count(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        route = self._route_of(scope["path"]) or OTHER
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(method, route).observe(seconds)
        about = {"method": method, "route": route, "task_id": task_id_of(scope["path"]), "status": status}
        self._logger.info("request", extra={"request_id": request_id, **about, "seconds": round(seconds, 4)})


def task_id_of(path: str) -> int | None:
    """Return the id of the task that a path is about: a number, or a file's id that is made of one."""
    return next((number for part in path.split("/") if (number := _id_in(part)) is not None), None)


def _id_in(part: str) -> int | None:
    if part.isascii() and part.isdecimal() and len(part) <= _LONGEST_ID:
        return int(part)
    return file_id.task_id_of(part)
