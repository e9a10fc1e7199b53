"""The ASGI end of the routes: each request in a thread of its own, or streamed by a handler of the node's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from veil.domain.principal import Principal
from veil.http import request as http
from veil.http.errors import HttpError
from veil.http.response import Response as Answer
from veil.http.router import Router
from veil.http.routing import Route
from veil.node.endpoints.media import Transfers
from veil.node.endpoints.request_body import small_body
from veil.node.endpoints.stored_file import StoredFile

BODY_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesEndpoint:
    """Answers requests by a router.

    Attributes:
        principal_of: Returns whom an access token speaks for, or None.
        limiter: How many requests are answered at once.
        slow: By method and path, how many requests of a route are answered at once that others must not wait for.
    """

    router: Router
    principal_of: Callable[[str], Principal | None]
    transfers: Transfers
    limiter: CapacityLimiter
    slow: Mapping[tuple[str, str], CapacityLimiter]

    async def __call__(self, request: Request) -> Response:
        """Return the answer.

        Raises:
            BodyTooLargeError: The body is larger than any that the routes read whole.
            TimeoutError: It did not arrive in time.
            ClientDisconnect: The sender went away.
        """
        route = self._route(request)
        if route is not None and route.is_streaming:
            response: Response = await route.handler(request)
            return response
        body = await small_body(request, limit_bytes=BODY_LIMIT_BYTES)
        answer = await run_sync(self._answer, request, body, limiter=self._limiter(route))
        return await self.transfers.send(answer) if isinstance(answer, StoredFile) else asgi_response(answer)

    def _route(self, request: Request) -> Route | None:
        try:
            return self.router.table.find(_method(request), request.scope["path"]).route
        except HttpError:
            return None  # the API refuses it, once its body is read

    def _limiter(self, route: Route | None) -> CapacityLimiter:
        return self.slow.get((route.method, route.path), self.limiter) if route else self.limiter

    def _answer(self, request: Request, body: bytes) -> Answer:
        return self.router.answer(
            http.Request(
                method=_method(request),
                # Not request.url, which depends on the Host header.
                path=request.scope["path"],
                headers=request.headers,
                query=query_of(request),
                body=body,
                principal=self.principal_of(bearer(request.headers.get("authorization", ""))),
                client=request.client.host if request.client else "",
                request_id=request.state.request_id,
            )
        )


def query_of(request: Request) -> dict[str, list[str]]:
    """Return the decoded values of each key of a query."""
    return {key: request.query_params.getlist(key) for key in request.query_params}


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header: bare, as vendor clients send it, or after `Bearer`."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else authorization.strip()


def asgi_response(answer: Answer) -> Response:
    """Return an answer of the routes as Starlette sends it."""
    content_type = {"content-type": answer.content_type} if answer.content_type else {}
    return Response(answer.body, answer.status, {**answer.headers, **content_type})


def _method(request: Request) -> str:
    # The server sends no body in answer to HEAD, whatever it is given.
    return "GET" if request.method == "HEAD" else request.method
