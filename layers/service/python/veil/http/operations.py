"""What a route promises, for whoever calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCESS_TOKEN = "accessToken"  # noqa: S105  # the name of a security scheme, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        answers: Names of the schemas of the 200 answer, which has one of them; none where it is a file.
        files: The media types of the 200 answer where it is a file.
        refusals: The other statuses, each with when it is sent.
        body: Name of the schema of the JSON request body, or None where there is none.
        example: What such a body may be, as people first try it.
        uploads: The schemas of other request bodies, by media type.
        query: The query parameters, as OpenAPI parameter objects.
        refusal: Name of the schema of the other answers.
        other_bodies: Names of the schemas of those that have another one, by status.
        needs_token: Whether the caller must show something.
        security: Name of the security scheme of what is shown.
    """

    name: str
    tag: str
    summary: str
    description: str
    answers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    refusals: Mapping[int, str]
    body: str | None = None
    example: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    query: tuple[dict[str, Any], ...] = field(default=())
    refusal: str = "Error"
    other_bodies: Mapping[int, str] = field(default_factory=dict)
    needs_token: bool = True
    security: str = ACCESS_TOKEN


def query_parameter(name: str, schema: dict[str, Any], effect: str) -> dict[str, Any]:
    """Return an optional query parameter as OpenAPI describes it."""
    return {"name": name, "in": "query", "required": False, "description": effect, "schema": schema}
