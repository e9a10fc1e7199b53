"""The API reference and its document: they depend on the code alone, so each is made and packed once."""

import gzip
from collections.abc import Callable
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from veil.contracts.document import document_json
from veil.node.reference_page import reference_page

_NEVER_GUESS = {"X-Content-Type-Options": "nosniff"}


async def reference(request: Request) -> Response:
    """Answer with the reference for people."""
    response = await _answer(request, _html)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Content-Security-Policy"] = reference_page().policy
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def openapi(request: Request) -> Response:
    """Answer with the document for programs."""
    response = await _answer(request, document_json)
    response.headers["Content-Type"] = "application/json"
    return response


async def _answer(request: Request, text: Callable[[], str]) -> Response:
    """Answer with the text, packed if the client can unpack it."""
    headers = {**_NEVER_GUESS, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(await run_in_threadpool(text), headers=headers)
    return Response(await run_in_threadpool(_packed, text), headers={**headers, "Content-Encoding": "gzip"})


def _html() -> str:
    return reference_page().html


@cache
def _packed(text: Callable[[], str]) -> bytes:
    return gzip.compress(text().encode())
