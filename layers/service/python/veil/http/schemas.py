"""The shapes of requests and answers, as JSON schemas."""

from typing import Any

from veil.domain.media import Artifact
from veil.domain.policy import Look, ObjectClass
from veil.domain.task_status import SHOWN, TaskStatus, WebhookStatus
from veil.http.file_schemas import FAILURE, file_schemas
from veil.http.kinds import Schema
from veil.http.parameter_table import METHOD, PARAMETERS, Parameter

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"anyOf": [_TEXT, {"type": "null"}]}
_TIME: Schema = {"type": "string", "format": "date-time"}
TASK_ID: Schema = {"type": "integer", "format": "int64", "examples": [1693295888421318]}
_PICTURES = (Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.INSTANCE_MASK)


def schemas() -> dict[str, Schema]:
    """Return every schema by its name in the document."""
    return {
        "Credentials": _object({"username": _TEXT, "password": {**_TEXT, "format": "password"}}),
        "Tokens": _object({**_TOKENS, "ChallengeParameters": {"type": "object"}, "AuthenticationResult": _token_set()}),
        "NewTask": _new_task(),
        "CreatedTask": _object({"upload_url": _url("Takes one PUT of the photo within 3600 s.")}, extends="Task"),
        "TaskStatus": _object(_STATUS, optional=_SOMETIMES),
        "Task": _object(_WHOLE_TASK | _echoed(), extends="TaskStatus"),
        "TaskPage": _object({"items": {"type": "array", "items": _ref("Task")}, "next_page_token": _PAGE_TOKEN}),
        "DeletedTask": _object({"task_id": TASK_ID, "task_status": {"const": TaskStatus.DELETED.value}}),
        "Metadata": {"type": "object", "description": "The metadata document as it was written with the results."},
        "Report": {"type": "object", "description": "The report as it was written with the results."},
        "ServiceStatus": _object({"status": {"const": "ready"}}),
        "Error": _object({"status_code": {"type": "integer"}, "error": _TEXT}),
        **file_schemas(),
    }


_TOKENS: dict[str, Schema] = {
    "AccessToken": _TEXT,
    "ExpiresIn": {"type": "integer", "description": "Seconds."},
    "TokenType": {"const": "Bearer"},
    "RefreshToken": _TEXT,
    "IdToken": _TEXT,
}
_STATUS: dict[str, Schema] = {
    "task_id": TASK_ID,
    "task_status": {"type": "string", "enum": [each.value for each in SHOWN]},
    "webhook_status": {"type": "string", "enum": [each.value for each in WebhookStatus]},
}
_PAGE_TOKEN: Schema = {**_TEXT_OR_NULL, "description": "Asks for the next page; null on the last one."}
_WHOLE_TASK: dict[str, Schema] = {
    "customer_id": _TEXT,
    "created_at": _TIME,
    "updated_at": _TIME,
    "webhook": _TEXT_OR_NULL,
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _url(description: str) -> Schema:
    return {"type": "string", "format": "uri", "description": description}


_SOMETIMES: dict[str, Schema] = {
    "progress": {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
        "description": "Per cent of the work that is done; only while the task is processing. Veil's own.",
    },
    **FAILURE,
    **{f"{each.value}_url": _url("Only when the task is done, and made such a file.") for each in _PICTURES},
}


def _object(
    properties: dict[str, Schema], *, optional: dict[str, Schema] | None = None, extends: str | None = None
) -> Schema:
    schema: Schema = {"type": "object", "required": list(properties), "properties": properties | (optional or {})}
    return {"allOf": [_ref(extends), schema]} if extends else schema


def _token_set() -> Schema:
    return _object(_TOKENS)


def _echoed() -> dict[str, Schema]:
    return {each.name: _echo(each) for each in PARAMETERS if each.field is not None}


def _echo(parameter: Parameter) -> Schema:
    schema = parameter.kind.schema
    if parameter.name == METHOD:
        # Files of the v1 APIs are tasks too, and those may only detect.
        return {**schema, "enum": [each.value for each in Look]}
    return {"anyOf": [schema, {"type": "null"}]} if parameter.default is None else schema


def _new_task() -> Schema:
    return {
        "type": "object",
        "description": "Keys may be written with hyphens or underscores. An unknown key is an error; null stands for "
        "a parameter that is not given.",
        "required": [METHOD],
        "anyOf": [_hides(each) for each in ObjectClass],
        "additionalProperties": False,
        "properties": {each.name: _requested(each) for each in PARAMETERS},
    }


def _hides(each: ObjectClass) -> Schema:
    return {"required": [each.value], "properties": {each.value: {"const": True}}}


def _requested(parameter: Parameter) -> Schema:
    described: dict[str, Any] = {**parameter.kind.schema, "description": parameter.effect}
    return described if parameter.default is None else described | {"default": parameter.default}
