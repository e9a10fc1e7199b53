"""The node's HTTP face: routes through the resolver, media beside it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from veil.http.errors import error_body
from veil.http.resolver import OPERATOR
from veil.node.endpoints.files import FilesDoor
from veil.node.endpoints.lingering_close import LingeringClose
from veil.node.endpoints.media import Transfers
from veil.node.endpoints.reference import openapi, reference
from veil.node.endpoints.request_body import BodyTooLargeError, small_body
from veil.node.endpoints.resolver import ResolverDoor
from veil.node.endpoints.rest_event import PlainAnswer, PlainRequest
from veil.node.endpoints.sign_in import SignInDoor
from veil.node.metrics import NodeMetrics
from veil.node.request_log import RequestLog

Endpoint = Callable[[Request], Awaitable[Response]]
Guard = Callable[[ASGIApp], ASGIApp]

BODY_LIMIT_BYTES = 64 * 1024
# Where the cloud sends a client elsewhere for a file, the node has the file itself.
FOLLOWED = 307
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# What a script in a browser may read besides the usual headers.
EXPOSED_HEADERS = ["Allow", "Content-Disposition", "Content-Range", "ETag", "Retry-After", "X-Request-Id"]
# Verifying a password takes 64 MiB and a core; more at once would only wait, in threads that others need.
SIGN_INS_AT_ONCE = 2


def open_to_all(app: ASGIApp) -> ASGIApp:
    """Guard nothing: whoever calls must show a token."""
    return app


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything that answers requests."""

    resolver: ResolverDoor
    transfers: Transfers
    sign_in: SignInDoor
    files: FilesDoor
    metrics: NodeMetrics


def http_app(doors: Doors, *, cors_origins: tuple[str, ...], guard: Guard = open_to_all) -> ASGIApp:
    """Return the node's ASGI application, behind the guard."""
    endpoints = _Endpoints(doors)
    routes = [
        Route("/", endpoints.start, methods=["GET"]),
        Mount("/media", app=doors.transfers),
        *_with_and_without_slash("/v1/signin", endpoints.sign_in, METHODS),
        *_with_and_without_slash("/v2/signin", endpoints.sign_in, METHODS),
        *_with_and_without_slash("/v1/file", doors.files.upload, ["POST"]),
        *_with_and_without_slash("/v1/task/list", doors.files.forget_all, ["DELETE"]),
        *_with_and_without_slash("/metrics", endpoints.metrics, ["GET"]),
        *_with_and_without_slash("/docs", reference, ["GET"]),
        *_with_and_without_slash("/openapi.json", openapi, ["GET"]),
        Route("/{path:path}", endpoints.resolve, methods=METHODS),
    ]
    handlers: dict[Any, Any] = {
        HTTPException: _refused,
        BodyTooLargeError: _too_large,
        TimeoutError: _too_slow,
        ClientDisconnect: _broken_off,
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
    return RequestLog(guard(cors), doors.metrics)


class _Endpoints:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._sign_ins = CapacityLimiter(SIGN_INS_AT_ONCE)

    async def resolve(self, request: Request) -> Response:
        body = await small_body(request, limit_bytes=BODY_LIMIT_BYTES)
        answer = await run_in_threadpool(self._doors.resolver.answer, _plain(request, body))
        if answer.status == FOLLOWED:
            return await self._doors.transfers.follow(dict(answer.headers)["Location"])
        return _response(answer)

    async def sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            raise HTTPException(405, f"{request.method} is not allowed here. Allowed: POST.", {"Allow": "POST"})
        body = await small_body(request, limit_bytes=BODY_LIMIT_BYTES)
        # What is no UTF-8 becomes what is no JSON.
        text = body.decode(errors="surrogateescape")
        return _response(await run_sync(self._doors.sign_in.answer, text, _address(request), limiter=self._sign_ins))

    async def metrics(self, _request: Request) -> Response:
        return PlainTextResponse(
            await run_in_threadpool(self._doors.metrics.exposition), media_type=self._doors.metrics.media_type
        )

    async def start(self, _request: Request) -> Response:
        # Relative, so that it holds behind any proxy.
        return RedirectResponse("docs")


def _with_and_without_slash(path: str, endpoint: Endpoint, methods: list[str]) -> list[Route]:
    return [Route(path, endpoint, methods=methods), Route(f"{path}/", endpoint, methods=methods)]


def _plain(request: Request, body: bytes) -> PlainRequest:
    return PlainRequest(
        # The server sends no body in answer to HEAD, whatever it is given.
        method="GET" if request.method == "HEAD" else request.method,
        # Not request.url, which depends on the Host header.
        path=request.scope["path"],
        headers=request.headers.items(),
        query=request.query_params.multi_items(),
        body=body,
        client=_address(request),
        request_id=request.state.request_id,
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _response(answer: PlainAnswer) -> Response:
    response = Response(answer.body, status_code=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


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


async def _unexpected(_request: Request, _cause: Exception) -> Response:
    return _error(500, f"An unexpected error occurred. If the problem persists, please contact {OPERATOR}.")
