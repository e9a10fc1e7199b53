"""The node's HTTP face: routes through the resolver, media beside it."""

from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

from aws_lambda_powertools import Logger
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from veil.adapters.node.metrics import NodeMetrics
from veil.adapters.node.resolver_door import ResolverDoor
from veil.adapters.node.rest_event import PlainAnswer, PlainRequest
from veil.adapters.node.sign_in import SignInDoor
from veil.adapters.node.transfers import Transfers
from veil.http.errors import error_body
from veil.http.openapi import openapi_json
from veil.http.reference_page import reference_page

BODY_LIMIT_BYTES = 64 * 1024
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything that answers requests."""

    resolver: ResolverDoor
    transfers: Transfers
    sign_in: SignInDoor
    metrics: NodeMetrics


def http_app(doors: Doors, *, cors_origins: tuple[str, ...]) -> ASGIApp:
    """Return the node's ASGI application."""
    endpoints = _Endpoints(doors)
    routes = [
        Mount("/media", app=doors.transfers),
        Route("/v2/signin", endpoints.sign_in, methods=["POST"]),
        Route("/v2/signin/", endpoints.sign_in, methods=["POST"]),
        Route("/metrics", endpoints.metrics, methods=["GET"]),
        Route("/docs", endpoints.reference, methods=["GET"]),
        Route("/openapi.json", endpoints.openapi, methods=["GET"]),
        Route("/{path:path}", endpoints.resolve, methods=METHODS),
    ]
    cors = Middleware(CORSMiddleware, allow_origins=list(cors_origins), allow_methods=METHODS, allow_headers=["*"])
    app = Starlette(routes=routes, middleware=[cors, Middleware(_RequestLog, metrics=doors.metrics)])
    app.router.redirect_slashes = False
    return app


class _Endpoints:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def resolve(self, request: Request) -> Response:
        body = await _small_body(request)
        if body is None:
            return _too_large()
        return _response(await run_in_threadpool(self._doors.resolver.answer, _plain(request, body)))

    async def sign_in(self, request: Request) -> Response:
        body = await _small_body(request)
        if body is None:
            return _too_large()
        text = body.decode(errors="replace")
        return _response(await run_in_threadpool(self._doors.sign_in.answer, text, _address(request)))

    async def metrics(self, _request: Request) -> Response:
        return PlainTextResponse(
            await run_in_threadpool(self._doors.metrics.exposition), media_type=self._doors.metrics.media_type
        )

    async def reference(self, _request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(reference_page))

    async def openapi(self, _request: Request) -> Response:
        return Response(await run_in_threadpool(openapi_json), media_type="application/json")


class _RequestLog:
    """Gives every request an id, counts it and logs it, without query, headers or body: they hold secrets."""

    def __init__(self, app: ASGIApp, metrics: NodeMetrics) -> None:
        self._app = app
        self._metrics = metrics
        self._logger = Logger(service="veil", child=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
        finally:
            seconds = perf_counter() - started
            route = _route(scope["path"])
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()
            self._metrics.request_seconds.labels(scope["method"], route).observe(seconds)
            self._logger.info(
                "request",
                extra={
                    "request_id": request_id,
                    "method": scope["method"],
                    "route": route,
                    "task_id": _task_id(scope["path"]),
                    "status": status,
                    "seconds": round(seconds, 4),
                },
            )


def _route(path: str) -> str:
    """Return the path with its variable parts replaced, so that metrics stay few and keys out of logs."""
    if path.startswith("/media/"):
        return "/media/{key}"
    parts = path.strip("/").split("/")
    known = {"v1", "v2", "task", "signin", "status", "metadata", "metrics", "docs", "openapi.json"}
    return "/" + "/".join(part if part in known else "{id}" if part.isdigit() else "{other}" for part in parts if part)


def _task_id(path: str) -> int | None:
    return next((int(part) for part in path.split("/") if part.isdigit()), None)


async def _small_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it exceeds the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return None
    return bytes(body)


def _plain(request: Request, body: bytes) -> PlainRequest:
    return PlainRequest(
        method=request.method,
        path=request.url.path,
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


def _too_large() -> Response:
    text = f"The request body is larger than the limit of {BODY_LIMIT_BYTES} bytes."
    return JSONResponse(error_body(413, text), status_code=413, headers={"connection": "close"})
