"""Which callers a node without sign-in answers."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from veil.node.host_check import HostCheck, is_loopback

LOCAL = "http://127.0.0.1:8080"


def answer_to(*headers, base_url=LOCAL):
    """Ask a guarded application with some headers; return the answer's status and body."""

    async def answer(_request):
        return PlainTextResponse("in")

    inner = Starlette(routes=[Route("/", answer)])
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw}
    asyncio.run(HostCheck(inner, base_url=base_url)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def status_for(host, *, origin=None, base_url=LOCAL):
    return answer_to(("Host", host), *([("Origin", origin)] if origin else []), base_url=base_url)[0]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1",
        "localhost.:8080",
        "127.0.0.1:8080",
        "127.0.0.1",
        "192.168.1.20:8080",
        "[::1]:8080",
        "[2001:DB8::7]",
        "[::ffff:10.0.0.1]:80",
    ],
)
def test_an_address_and_localhost_are_answered_at_any_port(host):
    assert status_for(host) == 200


@pytest.mark.parametrize("host", ["veil.example", "VEIL.example:8443", "veil.example."])
def test_the_public_urls_host_is_answered(host):
    assert status_for(host, base_url="https://veil.example") == 200
    assert status_for(host) == 421


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost..",
        "",
        ".",
        ":8080",
        "[::1",
        "[::1]evil.example",
        "[evil.example]",
        "::1",
        "localhost@evil.example",
        "evil.example@127.0.0.1",
        "evil.example/127.0.0.1",
        "127.0.0.1:8080:evil.example",
        "127.0.0.1, evil.example",
        "2130706433",
        "0x7f.1",
        "l\xf6calhost",
    ],
)
def test_any_other_name_is_misdirected(host):
    assert status_for(host) == 421
    assert status_for(host, base_url="https://veil.example") == 421


def test_the_refusal_has_the_contracts_shape_and_names_the_option():
    status, body = answer_to(("Host", "evil.example"))

    assert json.loads(body)["status_code"] == status == 421
    assert "--public-url" in json.loads(body)["error"]


def test_no_host_and_several_hosts_are_misdirected():
    assert answer_to()[0] == 421
    assert answer_to(("Host", "localhost"), ("Host", "localhost"))[0] == 421


@given(st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z][a-z0-9-]{0,20}){0,3}\.?(:[0-9]{1,5})?", fullmatch=True))
def test_no_name_but_the_chosen_ones_is_answered(host):
    assert status_for(host) == (200 if host.split(":")[0].removesuffix(".") == "localhost" else 421)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_every_address_is_answered(address, port):
    assert status_for(f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}") == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9", "http://[", "http://localhost"]
)
def test_a_page_of_another_origin_is_refused(origin):
    assert status_for("127.0.0.1:8080", origin=origin) == 403


def test_the_services_own_page_is_answered():
    assert status_for("127.0.0.1:8080", origin="http://127.0.0.1:8080") == 200
    assert status_for("127.0.0.1:8080", origin="https://veil.example", base_url="https://veil.example") == 200


@pytest.mark.parametrize(
    ("host", "is_so"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_what_only_this_machine_reaches_is_loopback(host, is_so):
    assert is_loopback(host) is is_so
