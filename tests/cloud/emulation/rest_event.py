"""HTTP requests as the events API Gateway would have sent for them, and its answers as HTTP."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STAGE = "node"


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """A request whose body has arrived. Header names are lower case; the query is decoded."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]]
    body: bytes
    client: str
    request_id: str


def rest_event(request: PlainRequest, *, owner: str | None) -> dict[str, Any]:
    """Return the REST API proxy event (payload format 1.0) of a request.

    The verified owner stands where a Cognito authorizer puts it: requestContext.authorizer.claims.sub.
    """
    text = _as_text(request.body)
    return {
        "resource": "/{proxy+}",
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": _grouped(request.headers),
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": _grouped(request.query) or None,
        "pathParameters": {"proxy": request.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "path": request.path,
            "stage": STAGE,
            "requestId": request.request_id,
            "identity": {"sourceIp": request.client},
            "authorizer": {"claims": {"sub": owner}} if owner else {},
        },
        "body": (text if text is not None else base64.b64encode(request.body).decode()) or None,
        "isBase64Encoded": text is None,
    }


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What to send back."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def plain_answer(answer: Mapping[str, Any]) -> PlainAnswer:
    """Return a REST API proxy answer as plain HTTP."""
    single = answer.get("headers") or {}
    multiple = answer.get("multiValueHeaders") or {}
    headers = [(name, value) for name, value in single.items()]
    headers += [(name, value) for name, values in multiple.items() for value in values]
    body = answer.get("body") or ""
    return PlainAnswer(
        status=int(answer["statusCode"]),
        headers=headers,
        body=base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode(),
    )


def _as_text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
