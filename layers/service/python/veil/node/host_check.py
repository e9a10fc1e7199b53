"""Keeps web pages from elsewhere away from a node that asks nobody who they are.

A browser on this machine reaches the loopback address for any page it shows: by a request that names the
page's origin, or by a name of the page's own that leads here (DNS rebinding).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from veil.http.errors import error_body

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSED = "Web pages may not call a service without sign-in, but for its own."


class OwnPagesOnly:
    """Refuses what a foreign page asks for; programs that are no browsers name no origin."""

    def __init__(self, app: ASGIApp, *, names: frozenset[str] | None) -> None:
        """Let requests pass that call the service by one of the names; None where it may have any."""
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it (ASGI)."""
        if scope["type"] != "http" or self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await JSONResponse(error_body(403, _REFUSED), status_code=403)(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            name = urlsplit(f"//{host}").hostname or ""
            is_named_so = self._names is None or name in self._names
            return is_named_so and (origin is None or urlsplit(origin).netloc == host)
        except ValueError:
            return False
