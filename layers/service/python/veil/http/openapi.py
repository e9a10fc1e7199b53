"""Routes and schemas as an OpenAPI 3.1 document."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from veil.http.object_schemas import reference
from veil.http.operations import ACCESS_TOKEN, Operation
from veil.http.parameter_types import Schema
from veil.http.response import JSON
from veil.http.routing import Route

_TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "The access token, bare or after `Bearer `.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a document says besides its routes.

    Attributes:
        text: What the API is for.
        tags: What each group of routes is for, in the order in which people read them.
        path_parameters: The schemas of parameters in paths, by name.
        security_schemes: What callers show besides the access token, by name.
    """

    title: str
    version: str
    text: str
    tags: Mapping[str, str]
    path_parameters: Mapping[str, Schema]
    security_schemes: Mapping[str, Schema]


def openapi_document(routes: Iterable[Route], schemas: Mapping[str, Schema], described: Description) -> dict[str, Any]:
    """Return the document of those routes that say what they promise.

    Args:
        routes: The routes.
        schemas: The schemas that they name.
        described: What else the document says.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": described.title, "description": described.text, "version": described.version},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in described.tags.items()],
        "paths": _paths(routes, described.path_parameters),
        "components": {
            "schemas": dict(schemas),
            "securitySchemes": {ACCESS_TOKEN: _TOKEN, **described.security_schemes},
        },
    }


def _paths(routes: Iterable[Route], parameters: Mapping[str, Schema]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=_newest_first):
        if route.operation is not None:
            paths.setdefault(route.path, {})[route.method.lower()] = _described(route, route.operation, parameters)
    return paths


def _newest_first(route: Route) -> tuple[bool, str]:
    return not route.path.startswith("/v2/"), route.path


def _described(route: Route, operation: Operation, parameters: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": operation.name,
        "parameters": [*_path_parameters(route.path, parameters), *operation.query],
        **_request_body(operation),
        "responses": _responses(operation),
        **({"security": [{operation.security: []}]} if operation.needs_token else {}),
    }


def _path_parameters(path: str, schemas: Mapping[str, Schema]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas[name]} for name in re.findall(r"{(\w+)}", path)
    ]


def _request_body(operation: Operation) -> dict[str, Any]:
    content: dict[str, dict[str, Any]] = {type_: {"schema": schema} for type_, schema in operation.uploads.items()}
    if operation.body:
        content |= _json_of(operation.body)
        content[JSON] |= {"example": dict(operation.example)} if operation.example else {}
    return {"requestBody": {"required": True, "content": content}} if content else {}


def _responses(operation: Operation) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in operation.files}
    content |= _json_of(*operation.answers) if operation.answers else {}
    refused = {
        str(status): {"description": text, "content": _json_of(operation.other_bodies.get(status, operation.refusal))}
        for status, text in operation.refusals.items()
    }
    good = {"200": {"description": HTTPStatus.OK.phrase, "content": content}} if content else {}
    return {**good, **refused}


def _json_of(*schemas: str) -> dict[str, dict[str, Any]]:
    first, *others = map(reference, schemas)
    return {JSON: {"schema": {"anyOf": [first, *others]} if others else first}}
