"""The OpenAPI 3.1 document of the routes: `python -m veil.http.openapi PATH` writes it."""

import json
import re
import sys
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from veil.http.buffered_upload import buffered_upload_route
from veil.http.container_api import container_routes
from veil.http.file_schemas import FILE_ID
from veil.http.files_api import file_routes
from veil.http.operations import Operation
from veil.http.response import JSON
from veil.http.routing import Route
from veil.http.schemas import TASK_ID, schemas
from veil.http.sign_in import sign_in_routes
from veil.http.status_api import status_route
from veil.http.tasks_api import task_routes

TITLE = "Veil"
API_VERSION = "2.0"
_ACCESS_TOKEN = "accessToken"  # noqa: S105  # the name of a security scheme, not a secret
_ID_SCHEMAS = {"task_id": TASK_ID, "file_id": FILE_ID}
_DESCRIPTION = (
    "Photos go in, anonymized photos come out. Sign in, create a task, PUT the photo to its `upload_url`, "
    "ask for its status until it is `done`, download. Every path may end in a slash. The paths under `/v1` are those "
    "of older clients: they make the same tasks."
)
# In the order in which people read them.
_TAGS = {
    "Sign-in": "Every other call needs the access token.",
    "Tasks": "The API for new clients: create a task, upload, ask, download.",
    "Service": "Whether the service is ready.",
    "v1 files": "For clients of the Cloud API v1.",
    "Container tasks": "For clients of the container's REST mode.",
}
_TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "The access token, bare or after `Bearer `.",
}


def openapi_document() -> dict[str, Any]:
    """Return the document of every route in this package."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "description": _DESCRIPTION, "version": API_VERSION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": _paths(),
        "components": {"schemas": schemas(), "securitySchemes": {_ACCESS_TOKEN: _TOKEN}},
    }


@cache
def openapi_json() -> str:
    """Return the document as text. It depends on the code alone, so it is built once."""
    return json.dumps(openapi_document(), indent=2) + "\n"


def _described_routes() -> tuple[Route, ...]:
    """Return routes that can be described but not called: there is nothing behind them."""
    nothing: Any = None
    return (
        *sign_in_routes(nothing),
        *task_routes(nothing),
        status_route(nothing),
        buffered_upload_route(nothing),
        *file_routes(nothing, nothing),
        *container_routes(nothing),
    )


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in sorted(_described_routes(), key=_newest_first):
        if route.operation is not None:
            paths.setdefault(route.path, {})[route.method.lower()] = _described(route, route.operation)
    return paths


def _newest_first(route: Route) -> tuple[bool, str]:
    return not route.path.startswith("/v2/"), route.path


def _described(route: Route, operation: Operation) -> dict[str, Any]:
    return {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": operation.name,
        "parameters": [*map(_path_parameter, re.findall(r"{(\w+)}", route.path)), *operation.query],
        **_request_body(operation),
        "responses": _responses(operation),
        **({"security": [{_ACCESS_TOKEN: []}]} if operation.needs_token else {}),
    }


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": _ID_SCHEMAS[name]}


def _request_body(operation: Operation) -> dict[str, Any]:
    content: dict[str, dict[str, Any]] = {type_: {"schema": schema} for type_, schema in operation.uploads.items()}
    if operation.body:
        content |= _json_of(operation.body)
        content[JSON] |= {"example": dict(operation.example)} if operation.example else {}
    return {"requestBody": {"required": True, "content": content}} if content else {}


def _responses(operation: Operation) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in operation.files}
    content |= _json_of(operation.answer) if operation.answer else {}
    refused = {
        str(status): {"description": text, "content": _json_of("Error")} for status, text in operation.refusals.items()
    }
    return {"200": {"description": HTTPStatus.OK.phrase, "content": content}, **refused}


def _json_of(schema: str) -> dict[str, dict[str, Any]]:
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(openapi_json(), encoding="utf-8")
