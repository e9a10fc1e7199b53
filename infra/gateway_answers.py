"""What API Gateway answers where no function is asked, in the v2 contract's shape."""

import json
from typing import NamedTuple

from aws_cdk import aws_apigateway as apigateway

# The texts are those of veil.http.errors where it has one; tests/infra compares them.
NOT_SIGNED_IN = "Not signed in. Please send the access token of POST /v2/signin in the Authorization header."


class _Answer(NamedTuple):
    kind: apigateway.ResponseType
    status: int
    text: str


_kinds = apigateway.ResponseType
ANSWERS = (
    _Answer(_kinds.UNAUTHORIZED, 401, NOT_SIGNED_IN),
    _Answer(_kinds.ACCESS_DENIED, 401, NOT_SIGNED_IN),
    _Answer(_kinds.EXPIRED_TOKEN, 401, NOT_SIGNED_IN),
    # What API Gateway says of a path or a method that does not exist.
    _Answer(_kinds.MISSING_AUTHENTICATION_TOKEN, 404, "There is nothing here."),
    _Answer(_kinds.REQUEST_TOO_LARGE, 413, "The request is too large. POST /v2/task takes larger files."),
    _Answer(_kinds.THROTTLED, 429, "Too many requests. Please try again later."),
    _Answer(_kinds.QUOTA_EXCEEDED, 429, "Too many requests. Please try again later."),
    _Answer(_kinds.WAF_FILTERED, 403, "The request was refused by the firewall."),
    _Answer(_kinds.INTEGRATION_TIMEOUT, 504, "The service took too long to answer. Please try again."),
    _Answer(_kinds.DEFAULT_5_XX, 500, "An unexpected error occurred. Please try again."),
)


def answer_in_our_words(gateway: apigateway.RestApi, origins: tuple[str, ...]) -> None:
    """Give every refusal of the gateway the shape and the CORS header that the functions' answers have."""
    allowed = origins[0] if len(origins) == 1 else "*"
    for answer in ANSWERS:
        gateway.add_gateway_response(
            f"Answer{answer.kind.response_type.title().replace('_', '')}",
            type=answer.kind,
            status_code=str(answer.status),
            response_headers={"Access-Control-Allow-Origin": f"'{allowed}'"},
            templates={"application/json": json.dumps({"status_code": answer.status, "error": answer.text})},
        )
