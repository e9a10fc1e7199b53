"""Which addresses a webhook may have: public ones, so that no caller can reach into the network around us.

Two steps, because a name says nothing about where it leads: `read_webhook_url` judges the text when a
task is created, `checked_addresses` judges what the name resolved to when the call is made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from veil.domain.errors import WebhookRefusedError

Address = IPv4Address | IPv6Address

MAX_URL_LENGTH = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOWEST_FREE_PORT = 1024
_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

_GLOBAL_UNICAST = ip_network("2000::/3")
# Public by the registries' tables (RFC 6890), yet they lead back inside or nowhere.
_INWARD = (
    ip_network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata service lives here
    ip_network("192.88.99.0/24"),  # 6to4 relays
    ip_network("168.63.129.16/32"),  # a cloud's host agent
    ip_network("2001::/23"),  # protocol assignments, Teredo among them
    ip_network("2002::/16"),  # 6to4: an IPv4 address inside
    ip_network("3fff::/20"),  # documentation
)


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


def check_webhook_url(url: str, *, allow_private: bool) -> None:
    """Refuse a URL that could never be called. Asks no name server.

    Raises:
        WebhookRefusedError: It could not; the message says why and does not repeat the URL.
    """
    read_webhook_url(url, allow_private=allow_private)


def read_webhook_url(url: str, *, allow_private: bool) -> WebhookTarget:
    """Return the parts of a URL that may be called as far as its text tells.

    With `allow_private`, the development setting, this machine's own addresses may be called too, also
    over plain HTTP.

    Raises:
        WebhookRefusedError: It may not; the message says why and does not repeat the URL.
    """
    parts = _split(url)
    _require(parts.scheme == "https" or (allow_private and parts.scheme == "http"), "It must begin with https://.")
    _require("@" not in parts.netloc, "It must not contain a user name or password.")
    host = parts.hostname or ""
    address = _as_address(host)
    if address is None:
        _require(_HOST_NAME.fullmatch(host) is not None, "Its host is neither a host name nor an IP address.")
        local = host == "localhost" or host.endswith(".localhost")
        _require(allow_private or not local, "It leads to this machine.")
    else:
        _require_allowed(address, parts.scheme, allow_private=allow_private)
    query = f"?{parts.query}" if parts.query else ""
    return WebhookTarget(parts.scheme, host, _port(parts, allow_private=allow_private), (parts.path or "/") + query)


def checked_addresses(target: WebhookTarget, resolved: Iterable[str], *, allow_private: bool) -> tuple[Address, ...]:
    """Return the addresses that the target's host resolved to, in their order, when every one may be called.

    One address that may not refuses them all: a name with both kinds is a trick or a mistake.

    Raises:
        WebhookRefusedError: One may not be called, or there is none.
    """
    addresses = tuple(ip_address(each) for each in resolved)
    _require(bool(addresses), "Its host has no address.")
    for address in addresses:
        _require_allowed(address, target.scheme, allow_private=allow_private)
    return addresses


def is_public(address: Address) -> bool:
    """Say whether the address is one that anybody on the internet reaches.

    Of IPv6 only global unicast is, so mapped, translated (NAT64) and unique local addresses are not.
    """
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    inward = any(address in network for network in _INWARD)
    return address.is_global and not address.is_multicast and not inward


def _require_allowed(address: Address, scheme: str, *, allow_private: bool) -> None:
    own = allow_private and address.is_loopback
    _require(own or is_public(address), "It leads to an address that is not public.")
    _require(own or scheme == "https", "It must begin with https://; only this machine is called without.")


def _split(url: str) -> SplitResult:
    _require(len(url) <= MAX_URL_LENGTH, f"It is longer than {MAX_URL_LENGTH} characters.")
    readable = _PRINTABLE.fullmatch(url) is not None and "\\" not in url
    _require(readable, "Characters beyond ASCII, spaces and backslashes must be encoded (%20, xn--).")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise WebhookRefusedError("The webhook is refused. It is not a URL.") from error


def _port(parts: SplitResult, *, allow_private: bool) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise WebhookRefusedError("The webhook is refused. Its port is not a number up to 65535.") from error
    default = _DEFAULT_PORTS[parts.scheme]
    port = default if port is None else port
    usual = port == default or port >= _LOWEST_FREE_PORT
    _require(port > 0 and (usual or allow_private), "Its port must be 443, or 1024 and above.")
    return port


def _as_address(host: str) -> Address | None:
    try:
        return ip_address(host) if "%" not in host else None  # an IPv6 zone leads to a neighbour, never out
    except ValueError:
        return None


def _require(holds: bool, why_not: str) -> None:
    if not holds:
        raise WebhookRefusedError(f"The webhook is refused. {why_not}")
