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
        answer: Name of the schema of the 200 answer; None where it is a file.
        files: The media types of the 200 answer where it is a file.
        refusals: The other statuses, each with when it is sent.
        body: Name of the schema of the JSON request body, or None where there is none.
        example: What such a body may be, as people first try it.
        uploads: The schemas of other request bodies, by media type.
        query: The query parameters, as OpenAPI parameter objects.
        needs_token: Whether the caller must have signed in.
    """

    name: str
    tag: str
    summary: str
    description: str
    answer: str | None = None
    files: tuple[str, ...] = ()
    refusals: Mapping[int, str]
    body: str | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    query: tuple[dict[str, Any], ...] = field(default=())
    needs_token: bool = True

    @property
    def responses(self) -> dict[int, OpenAPIResponse]:
        """The answers by status."""
        refused = {status: _answer(text, "Error") for status, text in self.refusals.items()}
        return {200: {"description": HTTPStatus.OK.phrase, "content": self._content}, **refused}

    @property
    def extensions(self) -> dict[str, Any]:
        """The parts of an OpenAPI operation that a resolver without validation does not derive by itself."""
        parts: dict[str, Any] = {"parameters": list(self.query)} if self.query else {}
        if self.body:
            content = _json_of(self.body)
            content["application/json"] |= {"example": dict(self.example)} if self.example else {}
            parts["requestBody"] = {"required": True, "content": content}
        if self.uploads:
            content = {media_type: {"schema": schema} for media_type, schema in self.uploads.items()}
            parts["requestBody"] = {"required": True, "content": content}
        return parts

    @property
    def _content(self) -> dict[str, Any]:
        bytes_of = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in self.files}
        return bytes_of | (_json_of(self.answer) if self.answer else {})


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


def query_parameter(name: str, schema: dict[str, Any], effect: str) -> dict[str, Any]:
    """Return an optional query parameter as OpenAPI describes it."""
    return {"name": name, "in": "query", "required": False, "description": effect, "schema": schema}


def _answer(description: str, schema: str) -> OpenAPIResponse:
    return {"description": description, "content": _json_of(schema)}


def _json_of(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
