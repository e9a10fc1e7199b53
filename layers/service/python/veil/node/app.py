"""The node as an ASGI application: the routes, media beside them, and what people and monitors read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from veil.adapters.folders.signed_urls import MEDIA_PATH
from veil.domain.errors import StoreBusyError, StoreFullError
from veil.http.errors import error_body, error_response, refusal_of
from veil.http.routing import RouteTable
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.media import Transfers
from veil.node.endpoints.reference import openapi, reference
from veil.node.endpoints.request_body import BodyTooLargeError
from veil.node.endpoints.routes import BODY_LIMIT_BYTES, RoutesEndpoint, asgi_response
from veil.node.metrics import NodeMetrics
from veil.node.request_log import RequestLog
from veil.node.smuggling_guard import SmugglingGuard

Endpoint = Callable[[Request], Awaitable[Response]]
Guard = Callable[[ASGIApp], ASGIApp]

# What the node answers beside the routes and the media.
PAGES = frozenset({"/", "/metrics", "/docs", "/openapi.json"})
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# What a script in a browser may read besides the usual headers.
EXPOSED_HEADERS = ["Allow", "Content-Disposition", "Content-Range", "ETag", "Retry-After", "X-Request-Id"]


def open_to_all(app: ASGIApp) -> ASGIApp:
    """Guard nothing: whoever calls must show a token."""
    return app


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Everything that answers requests."""

    routes: RoutesEndpoint
    transfers: Transfers
    metrics: NodeMetrics


def http_app(endpoints: Endpoints, *, cors_origins: tuple[str, ...], guard: Guard = open_to_all) -> ASGIApp:
    """Return the node's ASGI application, behind the guard."""
    pages = _Pages(endpoints.metrics)
    routes = [
        Route("/", pages.start, methods=["GET"]),
        Mount("/media", app=endpoints.transfers),
        *_with_and_without_slash("/metrics", pages.metrics),
        *_with_and_without_slash("/docs", reference),
        *_with_and_without_slash("/openapi.json", openapi),
        Route("/{path:path}", endpoints.routes.__call__, methods=METHODS),
    ]
    handlers: dict[Any, Any] = {
        HTTPException: _refused,
        BodyTooLargeError: _too_large,
        TimeoutError: _too_slow,
        ClientDisconnect: _broken_off,
        StoreFullError: _cannot_keep,
        StoreBusyError: _cannot_keep,
        Exception: _unexpected,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    cors = CORSMiddleware(
        app,
        allow_origins=cors_origins,
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=EXPOSED_HEADERS,
        max_age=3600,
    )
    # Outermost, so that preflights and errors have an id and are counted as well.
    return RequestLog(
        SmugglingGuard(guard(cors)), endpoints.metrics, route_of=partial(route_of, endpoints.routes.router.table)
    )


class _Pages:
    def __init__(self, metrics: NodeMetrics) -> None:
        self._metrics = metrics

    async def metrics(self, _request: Request) -> Response:
        return PlainTextResponse(await run_in_threadpool(self._metrics.exposition), media_type=self._metrics.media_type)

    async def start(self, _request: Request) -> Response:
        # Relative, so that it holds behind any proxy.
        return RedirectResponse("docs")


def route_of(table: RouteTable, path: str) -> str | None:
    """Return the route that a request's path is on, be it one of the table's or the node's own."""
    if path.startswith(MEDIA_PATH):
        return f"{MEDIA_PATH}{{key}}"
    page = path.rstrip("/") or "/"
    return page if page in PAGES else table.template(path)


def _with_and_without_slash(path: str, endpoint: Endpoint) -> list[Route]:
    return [Route(path, endpoint, methods=["GET"]), Route(f"{path}/", endpoint, methods=["GET"])]


def _error(status: int, text: str) -> JSONResponse:
    return JSONResponse(error_body(status, text), status_code=status)


async def _refused(_request: Request, error: HTTPException) -> Response:
    return JSONResponse(error_body(error.status_code, error.detail), error.status_code, error.headers)


async def _too_large(_request: Request, _cause: BodyTooLargeError) -> Response:
    return LingeringClose(_error(413, f"The request body is larger than the limit of {BODY_LIMIT_BYTES} bytes."))


async def _too_slow(_request: Request, _cause: TimeoutError) -> Response:
    return LingeringClose(_error(408, "The request was broken off: it took too long to arrive."), seconds=0)


async def _broken_off(_request: Request, _cause: ClientDisconnect) -> Response:
    return _error(400, "The request was broken off.")


async def _cannot_keep(_request: Request, cause: Exception) -> Response:
    return LingeringClose(asgi_response(error_response(refusal_of(cause))))


async def _unexpected(_request: Request, cause: Exception) -> Response:
    return asgi_response(error_response(refusal_of(cause)))
