"""The HTTP server of a node: its socket, its limits, its log."""

import logging
import signal
from socket import AF_INET, AF_INET6, IPPROTO_TCP, TCP_NODELAY, create_server, socket
from types import FrameType

import uvicorn
from aws_lambda_powertools import Logger
from starlette.types import ASGIApp

from veil.domain.errors import VeilError
from veil.node.connections import BoundedConnection, connection_limit

# Clients poll every 5 or 10 seconds: a connection closed just then would fail them.
KEEP_ALIVE_SECONDS = 75
# What is accepted but neither counted nor closed yet is at most four times the backlog.
ACCEPT_SHARE = 4
# Where clients on this machine reach what listens on every address.
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # named, not bound
# How long requests under way may take once the service is told to stop.
GRACEFUL_STOP_SECONDS = 5


class NodeBusyError(VeilError):
    """Another service has the data folder or the address."""


def listening_on(host: str, port: int) -> socket:
    """Return a socket bound to the address, whose connections send small answers at once.

    Raises:
        NodeBusyError: The address cannot be had.
    """
    try:
        listening = create_server((host, port), family=AF_INET6 if ":" in host else AF_INET)
    except OSError as error:
        # Python adds the address to the system's words, which are told with it already.
        reason = str(error.strerror).partition(" (while attempting")[0]
        raise NodeBusyError(f"Cannot listen on {host}:{port}: {reason}.") from error
    # Accepted sockets inherit it; asyncio sets it only on sockets that name their protocol, which these do not.
    listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return listening


def local_url(host: str, port: int) -> str:
    """Return where clients on this machine reach the node."""
    reachable = ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{reachable}:{port}"


def serve_http(app: ASGIApp, listening: socket, logger: Logger, *, trusted_proxies: tuple[str, ...]) -> None:
    """Serve until SIGTERM or SIGINT, then let requests under way end.

    Only from `trusted_proxies`, addresses and networks, is it believed whom a request is forwarded for.
    """
    # Uvicorn raises the signal again once it has stopped; what it would do then is done here instead.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _ignore)
    # What the server has to say goes where everything else is logged, and looks like it.
    logging.getLogger("uvicorn").addHandler(logger.registered_handler)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    limit = connection_limit()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedConnection,
        ws="none",
        # Without the list the environment would name one.
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=limit,
        # So many are accepted at once, before the first of them can be closed.
        backlog=max(1, limit // ACCEPT_SHARE),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_STOP_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing, so that a signal that Uvicorn has handled does not end the process as well."""
