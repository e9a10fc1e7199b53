"""The OpenAPI 3.1 document of the routes: `python -m veil.http.openapi PATH` writes it."""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.models import APIKey

from veil.http.container_api import add_container_routes
from veil.http.file_schemas import FILE_ID
from veil.http.files_api import add_file_routes
from veil.http.operations import ACCESS_TOKEN
from veil.http.resolver import new_app
from veil.http.schemas import TASK_ID, schemas
from veil.http.sign_in import add_sign_in_route
from veil.http.status_api import add_status_route
from veil.http.tasks_api import add_task_routes

TITLE = "Veil"
_ID_SCHEMAS = {"task_id": TASK_ID, "file_id": FILE_ID}
API_VERSION = "2.0"
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


def openapi_document() -> dict[str, Any]:
    """Return the document of every route in this package."""
    token = APIKey.model_validate(
        {"name": "Authorization", "in": "header", "description": "The access token, bare or after `Bearer `."}
    )
    text = _described_app().get_openapi_json_schema(
        title=TITLE,
        version=API_VERSION,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        security_schemes={ACCESS_TOKEN: token},
    )
    document: dict[str, Any] = json.loads(text)
    document["components"]["schemas"] = schemas()
    document["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    document["paths"] = dict(sorted(document["paths"].items(), key=_newest_first))
    for path in document["paths"].values():
        for operation in path.values():
            operation["parameters"] = [_typed(each) for each in operation.get("parameters", [])]
    return document


@cache
def openapi_json() -> str:
    """Return the document as text. It depends on the code alone, so it is built once."""
    return json.dumps(openapi_document(), indent=2) + "\n"


def _described_app() -> APIGatewayRestResolver:
    """Return a resolver whose routes can be described but not called: there is nothing behind them."""
    app = new_app(logger=Logger(service="veil", child=True))
    nothing: Any = None
    add_sign_in_route(app, nothing)
    add_task_routes(app, nothing)
    add_status_route(app, nothing)
    add_file_routes(app, nothing)
    add_container_routes(app, nothing)
    return app


def _newest_first(item: tuple[str, Any]) -> tuple[bool, str]:
    path, _ = item
    return not path.startswith("/v2/"), path


def _typed(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter with its real type: path parameters reach a route as text."""
    schema = _ID_SCHEMAS.get(parameter["name"]) if parameter["in"] == "path" else None
    return {**parameter, "schema": schema} if schema else parameter


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(openapi_json(), encoding="utf-8")
