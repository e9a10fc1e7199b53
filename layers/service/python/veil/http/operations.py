"""What a route promises, for whoever calls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
        needs_token: Whether the caller must have signed in.
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
    needs_token: bool = True


def query_parameter(name: str, schema: dict[str, Any], effect: str) -> dict[str, Any]:
    """Return an optional query parameter as OpenAPI describes it."""
    return {"name": name, "in": "query", "required": False, "description": effect, "schema": schema}
