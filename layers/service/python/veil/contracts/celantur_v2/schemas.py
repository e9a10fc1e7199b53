"""The shapes of v2's requests and answers, as JSON schemas."""

from collections.abc import Iterable
from typing import Any

from veil.contracts.celantur_v2.rendering import RENDER_PARAMETERS
from veil.contracts.celantur_v2.states import TASK_STATES, WEBHOOK_STATES
from veil.contracts.celantur_v2.upload_parts import BEGIN_PARAMETERS, COMPLETE_PARAMETERS, FROM_ONE, SIZE
from veil.domain.media import Artifact
from veil.domain.policy import AnonymizationMethod, ObjectClass
from veil.domain.task_status import TaskStatus
from veil.http.failures import FAILURE
from veil.http.object_schemas import TEXT, TEXT_OR_NULL, TIME, object_schema, reference
from veil.http.parameter_table import METHOD, PARAMETERS, Parameter
from veil.http.parameter_types import Schema

TASK_ID: Schema = {"type": "integer", "format": "int64", "examples": [1693295888421318]}
_PICTURES = (Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.INSTANCE_MASK)


def schemas() -> dict[str, Schema]:
    """Return every schema of v2 by its name in the document."""
    return {
        "NewTask": _new_task(),
        "NewRendering": _new_rendering(),
        "CreatedTask": object_schema({"upload_url": _url("Takes one PUT of the photo within 3600 s.")}, extends="Task"),
        "TaskStatus": object_schema(_STATUS, optional=_SOMETIMES),
        "Task": object_schema(_WHOLE_TASK | _echoed(), extends="TaskStatus"),
        "TaskPage": object_schema(
            {"items": {"type": "array", "items": reference("Task")}, "next_page_token": _PAGE_TOKEN}
        ),
        "DeletedTask": object_schema({"task_id": TASK_ID, "task_status": {"const": TASK_STATES[TaskStatus.DELETED]}}),
        **_of_parts(),
        "Report": {"type": "object", "description": "The report as it was written with the results."},
    }


_STATUS: dict[str, Schema] = {
    "task_id": TASK_ID,
    "task_status": {"type": "string", "enum": list(TASK_STATES.values())},
    "webhook_status": {"type": "string", "enum": list(WEBHOOK_STATES.values())},
}
_PAGE_TOKEN: Schema = {**TEXT_OR_NULL, "description": "Asks for the next page; null on the last one."}
_WHOLE_TASK: dict[str, Schema] = {
    "customer_id": TEXT,
    "created_at": TIME,
    "updated_at": TIME,
    "webhook": TEXT_OR_NULL,
    "rendered_from": {
        "anyOf": [TASK_ID, {"type": "null"}],
        "description": "The task whose findings it was drawn from. Veil's own.",
    },
}


def _url(description: str) -> Schema:
    return {"type": "string", "format": "uri", "description": description}


_SOMETIMES: dict[str, Schema] = {
    "progress": {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
        "description": "Per cent of the work that is done; only while the task is processing, or "
        "queued while others look at segments of its video. Veil's own.",
    },
    **FAILURE,
    **{f"{each.value}_url": _url("Only when the task is done, and made such a file.") for each in _PICTURES},
}


def _echoed() -> dict[str, Schema]:
    return {each.name: _echo(each) for each in PARAMETERS if each.field is not None}


def _echo(parameter: Parameter) -> Schema:
    schema = parameter.kind.schema
    if parameter.name == METHOD:
        # Files of the v1 APIs are tasks too, and those may only detect.
        return {**schema, "enum": [each.value for each in AnonymizationMethod]}
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


def _new_rendering() -> Schema:
    return {
        "type": "object",
        "description": "Keys as those of a new task. What is not given, or is null, stays as the task has it.",
        "additionalProperties": False,
        "properties": {each.name: {**each.kind.schema, "description": each.effect} for each in RENDER_PARAMETERS},
    }


def _of_parts() -> dict[str, Schema]:
    part = {"part_number": FROM_ONE, "size": FROM_ONE, "etag": TEXT}
    url = {"part_number": FROM_ONE, "upload_url": _url("Takes PUTs of this part within 3600 s; the newest counts.")}
    arrived = {"task_id": TASK_ID, "part_size": FROM_ONE, "parts": _array(object_schema(part))}
    return {
        "WantedParts": _our_body(BEGIN_PARAMETERS, required=(SIZE,)),
        "WholeFile": _our_body(COMPLETE_PARAMETERS, required=COMPLETE_PARAMETERS),
        "ArrivedParts": object_schema(arrived),
        "UploadParts": object_schema(
            {"part_count": FROM_ONE, "upload_urls": _array(object_schema(url))}, extends="ArrivedParts"
        ),
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _our_body(parameters: Iterable[Parameter], *, required: Iterable[Parameter]) -> Schema:
    return {
        "type": "object",
        "required": [each.name for each in required],
        "additionalProperties": False,
        "properties": {each.name: {**each.kind.schema, "description": each.effect} for each in parameters},
    }


def _hides(each: ObjectClass) -> Schema:
    return {"required": [each.value], "properties": {each.value: {"const": True}}}


def _requested(parameter: Parameter) -> Schema:
    described: dict[str, Any] = {**parameter.kind.schema, "description": parameter.effect}
    return described if parameter.default is None else described | {"default": parameter.default}
