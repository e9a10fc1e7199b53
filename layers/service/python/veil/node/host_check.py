"""Keeps web pages from elsewhere away from a node that asks nobody who they are.

A browser reaches the node for any page it shows: by a request that names the page's origin (cross-site), or by
a name of the page's own that leads here (DNS rebinding). The second needs a name: nobody can rebind an IP
address, so a Host header that is one is trusted, and of all names only those that the operator chose.
"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from veil.http.errors import error_body

MISDIRECTED = 421
_OTHER_HOST = (
    "The Host header names neither an IP address nor localhost nor the host of this service's public URL. "
    "Without sign-in no other name is answered; start the service with --public-url to have it known by that name."
)
_OTHER_ORIGIN = "Web pages may not call a service without sign-in, but for its own."
# Stricter than a URL's parser, which takes "evil.example@127.0.0.1" for the address.
_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{0,5})?")


class HostCheck:
    """Refuses what a foreign page asks for, before anything else looks at it.

    A Host header that is no address, no `localhost` and not the public URL's host is answered 421, whatever its
    port: ports are mapped and forwarded on the way, and no attack needs another one. So is a request without a
    Host header or with several. An Origin header that is not the service's own is answered 403; programs that
    are no browsers send none.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        """Guard the application, which clients reach at the base URL."""
        self._app = app
        own = urlsplit(base_url)
        self._names = frozenset({"localhost", (own.hostname or "").removesuffix(".")}) - {""}
        self._own_origin = own.netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it (ASGI)."""
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return JSONResponse(error_body(MISDIRECTED, _OTHER_HOST), MISDIRECTED)
        if not all(self._is_own(origin, hosts[0]) for origin in headers.getlist("origin")):
            return JSONResponse(error_body(403, _OTHER_ORIGIN), 403)
        return None

    def _is_known(self, host: str) -> bool:
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = (parts["name"] or "").lower().removesuffix(".")
        return name in self._names or _is_address(parts["ipv6"] or name)

    def _is_own(self, origin: str, host: str) -> bool:
        try:
            return urlsplit(origin).netloc.lower() in {host.lower(), self._own_origin}
        except ValueError:
            return False


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches what listens on the host."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
