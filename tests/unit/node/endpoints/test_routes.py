"""Requests are answered side by side, each as its own caller, and slow ones keep nobody waiting."""

import asyncio
import json
from io import StringIO
from threading import Event

import pytest
from anyio import CapacityLimiter
from aws_lambda_powertools import Logger
from starlette.requests import Request

from veil.domain.principal import Principal
from veil.http.response import json_response
from veil.http.router import Router
from veil.http.routing import Route
from veil.node.endpoints.routes import RoutesEndpoint, bearer


@pytest.fixture
def released():
    """Lets the slow route end."""
    return Event()


@pytest.fixture
def endpoint(released):
    """Routes that are answered one at a time, and a slow one beside them."""

    def slow(request):
        released.wait(timeout=30)
        return json_response(200, request.owner)

    routes = [Route("GET", "/who", lambda request: json_response(200, request.owner)), Route("DELETE", "/all", slow)]
    return RoutesEndpoint(
        router=Router(routes, logger=Logger(service="test-routes", stream=StringIO())),
        principal_of=lambda token: Principal(token) if token else None,
        transfers=None,
        limiter=CapacityLimiter(1),
        slow={("DELETE", "/all"): CapacityLimiter(1)},
    )


def request(method, path, token):
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"authorization", token.encode())],
        "state": {"request_id": "r1"},
    }
    return Request(scope, receive)


def test_a_route_that_takes_long_keeps_nobody_waiting(endpoint, released):
    async def call():
        slow = asyncio.create_task(endpoint(request("DELETE", "/all", "ana")))
        answers = await asyncio.gather(*(endpoint(request("GET", "/who", f"owner-{each}")) for each in range(20)))
        was_done = slow.done()
        released.set()
        return answers, was_done, await slow

    answers, was_done, slow = asyncio.run(call())

    assert [json.loads(each.body) for each in answers] == [f"owner-{each}" for each in range(20)]
    assert not was_done
    assert json.loads(slow.body) == "ana"


@pytest.mark.parametrize(
    ("header", "token"),
    [("abc", "abc"), ("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("", ""), ("Bearer", "Bearer"), ("a b", "a b")],
)
def test_a_token_is_taken_bare_or_after_bearer(header, token):
    assert bearer(header) == token
