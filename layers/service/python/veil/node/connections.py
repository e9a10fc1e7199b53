"""Bounds what a client may hold of the HTTP server without asking for anything.

Uvicorn closes a kept-alive connection that is idle between two requests. It waits for ever for the first
request, for the end of its headers and for a client that does not read its answer; and it takes connections
until no file descriptor is left, after which nobody is served.
"""

import resource
from asyncio import TimerHandle, Transport
from collections import Counter
from collections.abc import Callable
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 1000
# A quarter each for connections, for the file that each may have open, for connections that are being accepted
# or closed, and for everything else: the database, workers' pipes, webhooks.
DESCRIPTORS_PER_CONNECTION = 4


def connection_limit() -> int:
    """Return how many connections this process can hold, having raised its limit of open files where it may."""
    return min(MOST_CONNECTIONS, _open_file_limit() // DESCRIPTORS_PER_CONNECTION)


def _open_file_limit() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS * DESCRIPTORS_PER_CONNECTION
    if resource.RLIM_INFINITY in (soft, hard):
        wanted = wanted if soft == resource.RLIM_INFINITY else max(soft, wanted)
    else:
        wanted = max(soft, min(hard, wanted))
    if soft not in (resource.RLIM_INFINITY, wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class BoundedConnection(H11Protocol):
    """One client's connection, which is cut when the client keeps it waiting for too long.

    When there are as many as Uvicorn's `limit_concurrency`, the next one takes the place of another that waits
    for its client: of the address that has most of them, the one that has been silent longest. Where all are
    being answered, Uvicorn answers the next one 503.

    Attributes:
        headers_seconds: How long a request's headers may take to arrive, or the rest of a body nobody wants.
        reading_seconds: How long a client may read so little of an answer that no more of it can be sent.
        last_active: When a byte came last or an answer went out, by the loop's clock.
    """

    headers_seconds = 30.0
    reading_seconds = 60.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as in Uvicorn
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        self.last_active = self.loop.time()
        self._headers_timer = _Timer(self, self.headers_seconds)
        self._reading_timer = _Timer(self, self.reading_seconds)
        self._headers_timer.start()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._headers_timer.stop()
        self._reading_timer.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; while they belong to no request, the time for its headers runs."""
        self.last_active = self.loop.time()
        super().data_received(data)
        if self._is_between_requests:
            self._headers_timer.start()
        else:
            self._headers_timer.stop()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.last_active = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._reading_timer.start()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self._reading_timer.stop()
        super().resume_writing()

    @property
    def waits_for_client(self) -> bool:
        """Whether it is the client's turn: to ask, to send the rest of its request or to read the answer."""
        is_body_awaited = self.cycle is not None and self.cycle.more_body and not self.flow.read_paused
        return self._is_between_requests or is_body_awaited or self.flow.write_paused

    @property
    def address(self) -> str:
        """Where the client is."""
        return self.client[0] if self.client else ""

    def cut(self) -> None:
        """Close the connection at once, whatever is still to be sent."""
        # Now, and not when the loop comes to it: a request on another connection must not find the house full.
        self.connections.discard(self)
        self.transport.abort()

    @property
    def _is_between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        if self.limit_concurrency is None or len(self.connections) < self.limit_concurrency:
            return
        everybody = cast("set[BoundedConnection]", self.connections)
        waiting = [each for each in everybody if each is not self and each.waits_for_client]
        held = Counter(each.address for each in waiting)
        if waiting:
            min(waiting, key=lambda each: (-held[each.address], each.last_active)).cut()


class _Timer:
    """Cuts a connection unless it is stopped in time. Starting a running one changes nothing."""

    def __init__(self, connection: BoundedConnection, seconds: float) -> None:
        self._later: Callable[[], TimerHandle] = lambda: connection.loop.call_later(seconds, connection.cut)
        self._handle: TimerHandle | None = None

    def start(self) -> None:
        if self._handle is None:
            self._handle = self._later()

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
