"""How long a body may take to arrive."""

import asyncio

import pytest
from starlette.requests import Request

from veil.node.endpoints.request_body import pieces, small_body


@pytest.fixture
def dripping():
    """A request of which a byte arrives every few milliseconds, and that never ends."""

    async def receive():
        await asyncio.sleep(0.005)
        return {"type": "http.request", "body": b"a", "more_body": True}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_a_small_body_has_a_time_for_all_of_it(dripping):
    with pytest.raises(TimeoutError):
        asyncio.run(small_body(dripping, limit_bytes=1_000_000, seconds=0.1))


def test_a_large_one_has_a_time_for_every_chunk(dripping):
    async def first_pieces():
        arriving = pieces(dripping, piece_bytes=1, idle_timeout_seconds=5)
        return [await anext(arriving) for _ in range(3)]

    assert asyncio.run(first_pieces()) == [b"a"] * 3
