"""The Lambda end of the routes: API Gateway's REST proxy events (payload format 1.0) in, their answers out."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from veil.domain.principal import Principal
from veil.http.request import Request
from veil.http.response import Response
from veil.http.router import Router

Event = Mapping[str, Any]
ANY_ORIGIN = "*"


class GatewayApi:
    """Answers API Gateway's events by its routes."""

    def __init__(self, router: Router, *, cors_origins: Sequence[str] = (ANY_ORIGIN,)) -> None:
        """Serve the routes.

        Args:
            router: The routes.
            cors_origins: Browser origins that may read the answers. Any may unless told otherwise: callers prove
                who they are by a header, never by a cookie.
        """
        self._router = router
        self._cors_origins = frozenset(cors_origins)

    def answer(self, event: Event) -> dict[str, Any]:
        """Return the answer to an event. Preflights never come here: API Gateway answers them itself."""
        request = request_of(event)
        response = self._router.answer(request)
        return _proxy_answer(response, self._cors_headers(request.headers.get("origin")))

    def _cors_headers(self, origin: str | None) -> dict[str, str]:
        if origin is None:
            return {}
        if origin in self._cors_origins:
            return {"Access-Control-Allow-Origin": origin}
        return {"Access-Control-Allow-Origin": ANY_ORIGIN} if ANY_ORIGIN in self._cors_origins else {}


def request_of(event: Event) -> Request:
    """Return the request that an event tells of."""
    context = event["requestContext"]
    return Request(
        method=event["httpMethod"],
        path=event["path"],
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=event.get("multiValueQueryStringParameters") or {},
        body=_body(event),
        principal=_principal(context.get("authorizer") or {}),
        client=(context.get("identity") or {}).get("sourceIp", ""),
        request_id=context.get("requestId", ""),
    )


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _principal(authorizer: Mapping[str, Any]) -> Principal | None:
    """Return the caller whom API Gateway's Cognito authorizer verified; no caller can write there."""
    claims = authorizer.get("claims") or {}
    owner = claims.get("sub")
    return Principal(str(owner), frozenset(str(claims.get("scope", "")).split())) if owner else None


def _proxy_answer(response: Response, cors: Mapping[str, str]) -> dict[str, Any]:
    content_type = {"Content-Type": response.content_type} if response.content_type else {}
    return {
        "statusCode": response.status,
        "headers": {**content_type, **response.headers, **cors},
        "body": response.body,
        "isBase64Encoded": False,
    }
