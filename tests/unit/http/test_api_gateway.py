"""API Gateway's events become requests, and answers become what it sends on."""

import base64
from io import StringIO

import pytest
from aws_lambda_powertools import Logger
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.principal import Principal
from veil.http.api_gateway import GatewayApi, request_of
from veil.http.response import Response
from veil.http.router import Router
from veil.http.routing import Route


def event_of(**parts):
    return {
        "path": "/v2/task",
        "httpMethod": "POST",
        "headers": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"requestId": "r1", "identity": {"sourceIp": "203.0.113.7"}},
        "body": None,
        "isBase64Encoded": False,
        **parts,
    }


@given(st.binary())
def test_a_body_arrives_as_it_was_sent(body):
    event = event_of(body=base64.b64encode(body).decode(), isBase64Encoded=True)

    assert request_of(event).body == body


def test_a_body_that_the_gateway_read_as_text_arrives_too():
    assert request_of(event_of(body="gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n")).body == b"gr\xc3\xbcn"


def test_an_event_with_nothing_but_a_path_is_a_request():
    request = request_of(event_of())

    assert (request.headers, request.query, request.body, request.principal) == ({}, {}, b"", None)
    assert (request.request_id, request.client) == ("r1", "203.0.113.7")


def test_the_caller_is_whom_the_authorizer_verified_and_nobody_else():
    claims = {"sub": "ana", "scope": "aws.cognito.signin.user.admin veil/jobs"}
    verified = request_of(event_of(requestContext={"authorizer": {"claims": claims}}))
    forged = request_of(event_of(headers={"sub": "ana", "requestContext": "ana"}))

    assert verified.principal == Principal("ana", frozenset({"aws.cognito.signin.user.admin", "veil/jobs"}))
    assert forged.principal is None


def test_a_request_that_is_shown_somewhere_shows_no_secret():
    request = request_of(event_of(headers={"Authorization": "t0ken"}, body="passw0rd"))

    assert "t0ken" not in repr(request)
    assert "passw0rd" not in repr(request)


@pytest.mark.parametrize(
    ("origins", "origin", "told"),
    [
        (["*"], "https://maps.example.org", "*"),
        (["https://maps.example.org", "https://b.example"], "https://maps.example.org", "https://maps.example.org"),
        (["https://maps.example.org"], "https://evil.example", None),
        (["*"], None, None),
    ],
)
def test_a_browser_reads_answers_on_pages_of_the_chosen_origins_only(origins, origin, told):
    router = Router(
        [Route("GET", "/here", lambda request: Response(200))], logger=Logger(service="t", stream=StringIO())
    )
    event = event_of(httpMethod="GET", path="/here", headers={"Origin": origin} if origin else {})

    answer = GatewayApi(router, cors_origins=origins).answer(event)

    assert answer["headers"].get("Access-Control-Allow-Origin") == told
