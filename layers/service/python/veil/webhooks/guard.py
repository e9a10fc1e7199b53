"""Which addresses a webhook may have: those within reach, so that no caller can call into the network around us.

Two steps, because a name says nothing about where it leads: `read_webhook_url` judges the text when a
task is created, `checked_addresses` judges what the name resolved to when the call is made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from veil.domain.errors import WebhookRefusedError
from veil.webhooks.reach import Address, WebhookReach

MAX_URL_LENGTH = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOWEST_FREE_PORT = 1024
_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A webhook's URL in parts.

    Attributes:
        host: A name, or an address without brackets.
        path: What follows the host, with the query string; without a fragment.
    """

    scheme: str
    host: str
    port: int
    path: str


def check_webhook_url(url: str, *, reach: WebhookReach) -> None:
    """Refuse a URL that could never be called. Asks no name server.

    Raises:
        WebhookRefusedError: It could not; the message says why and does not repeat the URL.
    """
    read_webhook_url(url, reach=reach)


def read_webhook_url(url: str, *, reach: WebhookReach) -> WebhookTarget:
    """Return the parts of a URL that may be called as far as its text tells.

    Raises:
        WebhookRefusedError: It may not; the message says why and does not repeat the URL.
    """
    parts = _split(url)
    _require(
        parts.scheme == "https" or (reach.has_plain_http and parts.scheme == "http"), "It must begin with https://."
    )
    _require("@" not in parts.netloc, "It must not contain a user name or password.")
    host = parts.hostname or ""
    address = _as_address(host)
    if address is None:
        _require(_HOST_NAME.fullmatch(host) is not None, "Its host is neither a host name nor an IP address.")
        local = host == "localhost" or host.endswith(".localhost")
        _require(reach.has_own_machine or not local, "It leads to this machine.")
    else:
        _require_allowed(address, parts.scheme, reach=reach)
    query = f"?{parts.query}" if parts.query else ""
    return WebhookTarget(parts.scheme, host, _port(parts, reach=reach), (parts.path or "/") + query)


def checked_addresses(target: WebhookTarget, resolved: Iterable[str], *, reach: WebhookReach) -> tuple[Address, ...]:
    """Return the addresses that the target's host resolved to, in their order, when every one may be called.

    One address that may not refuses them all: a name with both kinds is a trick or a mistake.

    Raises:
        WebhookRefusedError: One may not be called, or there is none.
    """
    addresses = tuple(ip_address(each) for each in resolved)
    _require(bool(addresses), "Its host has no address.")
    for address in addresses:
        _require_allowed(address, target.scheme, reach=reach)
    return addresses


def _require_allowed(address: Address, scheme: str, *, reach: WebhookReach) -> None:
    _require(reach.allows(address), "It leads to an address that is not public.")
    plain = scheme == "https" or reach.allows_plain_http(address)
    _require(plain, "It must begin with https://; only this machine and networks named for it are called without.")


def _split(url: str) -> SplitResult:
    _require(len(url) <= MAX_URL_LENGTH, f"It is longer than {MAX_URL_LENGTH} characters.")
    readable = _PRINTABLE.fullmatch(url) is not None and "\\" not in url
    _require(readable, "Characters beyond ASCII, spaces and backslashes must be encoded (%20, xn--).")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise WebhookRefusedError("The webhook is refused. It is not a URL.") from error


def _port(parts: SplitResult, *, reach: WebhookReach) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise WebhookRefusedError("The webhook is refused. Its port is not a number up to 65535.") from error
    default = _DEFAULT_PORTS[parts.scheme]
    port = default if port is None else port
    usual = port == default or port >= _LOWEST_FREE_PORT
    _require(port > 0 and (usual or reach.own_machine), f"Its port must be {default}, or 1024 and above.")
    return port


def _as_address(host: str) -> Address | None:
    try:
        return ip_address(host) if "%" not in host else None  # an IPv6 zone leads to a neighbour, never out
    except ValueError:
        return None


def _require(holds: bool, why_not: str) -> None:
    if not holds:
        raise WebhookRefusedError(f"The webhook is refused. {why_not}")
