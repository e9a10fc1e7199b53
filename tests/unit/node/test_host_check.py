"""Which callers a node without sign-in answers."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from veil.node.host_check import LOOPBACK_NAMES, OwnPagesOnly


@pytest.fixture
def status_of():
    """Asks a guarded application with some headers and returns the answer's status."""

    def ask(headers, *, names=LOOPBACK_NAMES):
        async def answer(_request):
            return PlainTextResponse("in")

        inner = Starlette(routes=[Route("/", answer)])
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw}
        asyncio.run(OwnPagesOnly(inner, names=names)(scope, receive, send))
        return sent[0]["status"]

    return ask


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"])
def test_a_program_on_this_machine_is_answered(status_of, host):
    assert status_of({"Host": host}) == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost@evil.example"])
def test_a_name_that_leads_here_by_a_trick_is_refused(status_of, host):
    assert status_of({"Host": host}) == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9", "http://[", "http://localhost"]
)
def test_a_page_of_another_origin_is_refused(status_of, origin):
    assert status_of({"Host": "127.0.0.1:8080", "Origin": origin}) == 403


def test_the_services_own_page_is_answered(status_of):
    assert status_of({"Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"}) == 200


def test_where_any_name_is_allowed_another_origin_is_not(status_of):
    assert status_of({"Host": "veil.lan"}, names=None) == 200
    assert status_of({"Host": "veil.lan", "Origin": "https://evil.example"}, names=None) == 403
