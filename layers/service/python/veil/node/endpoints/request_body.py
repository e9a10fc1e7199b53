"""Bodies as they arrive: in pieces, within limits of size and of patience."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from starlette.requests import Request

# A sender that is silent for longer has gone, whatever its connection says.
IDLE_TIMEOUT_SECONDS = 60.0
# The time for a whole small body, which anybody may send: at one byte a minute it would go on for weeks.
SMALL_BODY_SECONDS = 60.0


class BodyTooLargeError(Exception):
    """More bytes arrived, or were announced, than are taken."""


async def small_body(request: Request, *, limit_bytes: int, seconds: float = SMALL_BODY_SECONDS) -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLargeError: It is larger than the limit; at most one chunk more than that was read.
        TimeoutError: It did not arrive in time.
        ClientDisconnect: The sender went away.
    """
    if announced_bytes(request) > limit_bytes:
        raise BodyTooLargeError
    body = bytearray()
    async with asyncio.timeout(seconds), aclosing(request.stream()) as arriving:
        async for chunk in arriving:
            body += chunk
            if len(body) > limit_bytes:
                raise BodyTooLargeError
    return bytes(body)


async def pieces(
    request: Request, *, piece_bytes: int, idle_timeout_seconds: float = IDLE_TIMEOUT_SECONDS
) -> AsyncGenerator[bytes, None]:
    """Yield the body in pieces of at least `piece_bytes`, but for the last.

    Raises:
        TimeoutError: The sender fell silent.
        ClientDisconnect: The sender went away.
    """
    buffer = bytearray()
    stream = aiter(request.stream())
    while (chunk := await _next_chunk(stream, idle_timeout_seconds)) is not None:
        buffer += chunk
        if len(buffer) >= piece_bytes:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)


async def _next_chunk(stream: AsyncIterator[bytes], idle_timeout_seconds: float) -> bytes | None:
    async with asyncio.timeout(idle_timeout_seconds):
        return await anext(stream, None)


def announced_bytes(request: Request) -> int:
    """Return the Content-Length, or 0 where there is none."""
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdecimal() else 0
