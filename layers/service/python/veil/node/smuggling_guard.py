"""Against request smuggling: refuses requests of which two servers may think that they end at different places.

One that has both a length and chunks is read by its chunks here. A proxy that reads it by its length takes the rest of
it for the next request on the connection, which may be somebody else's (RFC 9112, 6.1).
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from veil.http.errors import error_body

_TWO_LENGTHS = "A request must not have both Content-Length and Transfer-Encoding."


class SmugglingGuard:
    """Answers such a request 400 and closes its connection, so that nothing behind it is read."""

    def __init__(self, app: ASGIApp) -> None:
        """Guard the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it (ASGI)."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        has_two = "content-length" in headers and "transfer-encoding" in headers
        refusal = JSONResponse(error_body(400, _TWO_LENGTHS), 400, {"connection": "close"})
        await (refusal if has_two else self._app)(scope, receive, send)
