"""The reference is sent packed to whoever can unpack it."""

import asyncio
import gzip

import pytest
from starlette.requests import Request

from veil.contracts.document import document_json
from veil.node.endpoints.reference import openapi, reference
from veil.node.reference_page import reference_page


def answer_of(endpoint, encoding):
    headers = [(b"accept-encoding", encoding.encode())]
    return asyncio.run(endpoint(Request({"type": "http", "method": "GET", "headers": headers})))


@pytest.mark.parametrize(("encoding", "unpacked"), [("gzip, deflate", gzip.decompress), ("identity", bytes)])
def test_page_and_document_arrive_whole(encoding, unpacked):
    page, document = answer_of(reference, encoding), answer_of(openapi, encoding)

    assert unpacked(page.body).decode() == reference_page().html
    assert unpacked(document.body).decode() == document_json()
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert document.headers["Content-Type"] == "application/json"


def test_packed_the_page_takes_less_than_a_third():
    assert 3 * len(answer_of(reference, "gzip").body) < len(reference_page().html)


def test_a_browser_holds_the_page_to_its_policy():
    headers = answer_of(reference, "gzip").headers

    assert headers["Content-Security-Policy"] == reference_page().policy
    assert headers["X-Content-Type-Options"] == "nosniff"
