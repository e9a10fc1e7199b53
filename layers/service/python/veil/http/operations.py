"""What each route promises, in OpenAPI's words, beside the function that hangs it on a resolver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

ACCESS_TOKEN = "accessToken"  # noqa: S105  # the name of a security scheme, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        answer: Name of the schema of the 200 answer.
        refusals: The other statuses, each with when it is sent.
        body: Name of the schema of the request body, or None where there is none.
        query: The query parameters, as OpenAPI parameter objects.
        needs_token: Whether the caller must have signed in.
    """

    name: str
    tag: str
    summary: str
    description: str
    answer: str
    refusals: Mapping[int, str]
    body: str | None = None
    query: tuple[dict[str, Any], ...] = field(default=())
    needs_token: bool = True

    @property
    def responses(self) -> dict[int, OpenAPIResponse]:
        """The answers by status."""
        refused = {status: _answer(text, "Error") for status, text in self.refusals.items()}
        return {200: _answer(HTTPStatus.OK.phrase, self.answer), **refused}

    @property
    def extensions(self) -> dict[str, Any]:
        """The parts of an OpenAPI operation that a resolver without validation does not derive by itself."""
        parts: dict[str, Any] = {"parameters": list(self.query)} if self.query else {}
        if self.body:
            parts["requestBody"] = {"required": True, "content": _json_of(self.body)}
        return parts


def add_route(
    app: ApiGatewayResolver, method: str, rule: str, function: Callable[..., Any], operation: Operation
) -> None:
    """Let `function` answer the method at the path, documented by the operation."""
    app.route(
        rule,
        method,
        summary=operation.summary,
        description=operation.description,
        responses=operation.responses,
        tags=[operation.tag],
        operation_id=operation.name,
        security=[{ACCESS_TOKEN: []}] if operation.needs_token else None,
        openapi_extensions=operation.extensions,
    )(function)


def _answer(description: str, schema: str) -> OpenAPIResponse:
    return {"description": description, "content": _json_of(schema)}


def _json_of(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
