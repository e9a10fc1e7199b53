"""The OpenAPI document of every route: `python -m veil.contracts.document PATH` writes it."""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from veil.contracts.celantur_container import schemas as container
from veil.contracts.celantur_container.operations import taking_forms
from veil.contracts.celantur_container.routes import container_routes
from veil.contracts.celantur_container.status import status_route
from veil.contracts.celantur_container.videos import video_routes
from veil.contracts.celantur_v1 import schemas as v1
from veil.contracts.celantur_v1.operations import UPLOAD_FILE
from veil.contracts.celantur_v1.routes import file_routes
from veil.contracts.celantur_v2 import schemas as v2
from veil.contracts.celantur_v2.routes import task_routes
from veil.contracts.syntonym import schemas as syntonym
from veil.contracts.syntonym.backend_routes import folder_routes
from veil.contracts.syntonym.operations import API_KEY, DIRECT_UPLOAD, JOB_ARCHIVE
from veil.contracts.syntonym.results import JOB_ARCHIVE_PATH
from veil.contracts.syntonym.routes import DIRECT_UPLOAD_PATH, KEY_HEADER, job_routes
from veil.http.file_id import FILE_ID
from veil.http.object_schemas import TEXT, object_schema
from veil.http.openapi import Description, openapi_document
from veil.http.parameter_types import Schema
from veil.http.routing import Route
from veil.http.sign_in import SIGN_IN_SCHEMAS, sign_in_routes

TITLE = "Veil"
_DESCRIPTION = (
    "Photos and videos go in, anonymized ones come out. Sign in, create a task, PUT the file to its `upload_url`, "
    "ask for its status until it is `done`, download. Every path may end in a slash. The paths under `/v1` are those "
    "of older clients: they make the same tasks."
)
# In the order in which people read them.
_TAGS = {
    "Sign-in": "Every other call needs the access token.",
    "Tasks": "The API for new clients: create a task, upload, ask, download.",
    "Service": "Whether the service is ready.",
    "v1 files": "For clients of the Cloud API v1.",
    "Jobs": "For clients of Syntonym's public API; they show an API key.",
    "Jobs folder": "For clients of Syntonym's backend API, on a node that has a jobs folder.",
    "Container tasks": "For clients of the container's REST mode.",
}
_DESCRIBED = Description(
    title=TITLE,
    version="2.0",
    text=_DESCRIPTION,
    tags=_TAGS,
    path_parameters={
        "task_id": v2.TASK_ID,
        "file_id": FILE_ID,
        "job_id": syntonym.JOB_ID,
        "task": FILE_ID,
        "file_name": syntonym.FILE_NAME,
    },
    security_schemes={API_KEY: {"type": "apiKey", "in": "header", "name": KEY_HEADER}},
)


def schemas() -> dict[str, Schema]:
    """Return every schema by its name in the document."""
    return {
        **SIGN_IN_SCHEMAS,
        **v2.schemas(),
        "Metadata": {"type": "object", "description": "The metadata document as it was written with the results."},
        "Error": object_schema({"status_code": {"type": "integer"}, "error": TEXT}),
        **v1.schemas(),
        **container.schemas(),
        **syntonym.schemas(),
    }


def document() -> dict[str, Any]:
    """Return the document of every route that a node has."""
    return openapi_document(_routes(), schemas(), _DESCRIBED)


@cache
def document_json() -> str:
    """Return the document as text. It depends on the code alone, so it is built once."""
    return json.dumps(document(), indent=2) + "\n"


def _routes() -> tuple[Route, ...]:
    """Return routes that can be described but not called: there is nothing behind them."""
    nothing: Any = None
    return (
        *sign_in_routes(nothing),
        *task_routes(nothing),
        status_route(nothing),
        Route("POST", "/v1/file", nothing, taking_forms(UPLOAD_FILE)),
        *file_routes(nothing, nothing),
        *container_routes(nothing, nothing),
        *video_routes(nothing, nothing),
        *job_routes(nothing),
        *folder_routes(nothing),
        Route("PUT", DIRECT_UPLOAD_PATH, nothing, DIRECT_UPLOAD),
        Route("GET", JOB_ARCHIVE_PATH, nothing, JOB_ARCHIVE),
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document_json(), encoding="utf-8")
