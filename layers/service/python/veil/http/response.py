"""An answer as routes give it, wherever it goes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer.

    Attributes:
        headers: Besides the content type, which is None where there is no body.
    """

    status: int
    body: str = field(default="", repr=False)
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def json_text(status: int, text: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer whose body is JSON text already, and which nobody may keep: it may hold fresh URLs."""
    return Response(status, text, JSON, {"Cache-Control": "no-store", **(headers or {})})


def json_response(status: int, body: object, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer in JSON, which nobody may keep."""
    return json_text(status, json.dumps(body, separators=(",", ":")), headers=headers)
