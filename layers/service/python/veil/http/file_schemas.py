"""The shapes of the v1 APIs' answers, as JSON schemas."""

from veil.domain.causes import FailureCause
from veil.domain.file_id import file_id_of
from veil.domain.file_links import PATHS, name_of
from veil.domain.origin import Api
from veil.domain.task_status import SHOWN, WebhookStatus
from veil.http.file_bodies import ECHOED, LISTED
from veil.http.file_dialects import V1_PARAMETERS
from veil.http.kinds import Schema

FILE_ID: Schema = {"type": "string", "format": "uuid", "examples": [file_id_of(1693295888421318)]}
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"anyOf": [_TEXT, {"type": "null"}]}
_V1_TIME: Schema = {
    "type": "string",
    "description": "DD/MM/YYYY, HH:MM:SS in UTC.",
    "examples": ["24/01/2023, 14:07:51"],
}
_V1_TIME_OR_NULL: Schema = {"anyOf": [_V1_TIME, {"type": "null"}]}
_STATUS: Schema = {"type": "string", "enum": [each.value for each in SHOWN]}
_WEBHOOK_STATUS: Schema = {"type": "string", "enum": [each.value for each in WebhookStatus]}
FAILURE: dict[str, Schema] = {
    "failure_cause": {
        "type": "string",
        "enum": [each.value for each in FailureCause],
        "description": "Only when the work has failed.",
    },
    "failure_reason": {"type": "string", "description": "What exactly was wrong, for people; may be absent."},
}
_SCHEMA_OF = {each.name: each.kind.schema for each in V1_PARAMETERS}
# The vendor's sample has these texts where its other answers have values.
_DOCUMENTED: dict[str, Schema] = {"ignores": _TEXT, "mask_scale": _TEXT, "detections": _TEXT}
_DOCUMENTED_FLAG: Schema = {"enum": ["True", False]}


def file_schemas() -> dict[str, Schema]:
    """Return every schema of the v1 APIs by its name in the document."""
    return {
        "UploadedFile": {"anyOf": [_ref("File"), _ref("ContainerTask")]},
        "File": _object(_file()),
        "FileStatus": _object(
            {"file_id": FILE_ID, "file_status": _STATUS, "delete_time": _V1_TIME_OR_NULL}, optional=FAILURE
        ),
        "FileList": _object(
            {
                "total_item_count": {"anyOf": [_TEXT, {"type": "integer"}]},
                "total_page_count": {"anyOf": [_TEXT, {"type": "integer"}]},
                "items": {"type": "array", "items": {"anyOf": [_object(_listed_as_documented()), _object(_listed())]}},
            }
        ),
        "ContainerTask": _object(_container_task(), optional=FAILURE),
        "ContainerTaskList": {"type": "array", "items": _ref("ContainerTask")},
        "ForgottenTask": _object(
            {"id": FILE_ID, "status": {"type": "string", "enum": [*_STATUS["enum"], "forgotten"]}}
        ),
        "ForgottenTasks": _object({"deleted": {"type": "integer", "description": "How many tasks lost something."}}),
    }


def _file() -> dict[str, Schema]:
    return {
        "customer_id": _TEXT,
        "file_id": FILE_ID,
        "upload_time": _V1_TIME,
        "delete_time": _V1_TIME_OR_NULL,
        "name": _TEXT,
        **{name: _SCHEMA_OF[name] for name in ECHOED},
        "webhook": _TEXT_OR_NULL,
        "file_status": _STATUS,
        "webhook_status": _WEBHOOK_STATUS,
    }


def _listed() -> dict[str, Schema]:
    return {
        "customer_id": _TEXT,
        "file_id": FILE_ID,
        "detections": {"type": "null"},
        "upload_time": _V1_TIME,
        "delete_time": _V1_TIME_OR_NULL,
        "file_status": _STATUS,
        **{name: _SCHEMA_OF[name] for name in LISTED},
    }


def _listed_as_documented() -> dict[str, Schema]:
    plain = _listed()
    flags = {name: _DOCUMENTED_FLAG for name, schema in plain.items() if schema.get("type") == "boolean"}
    return plain | flags | _DOCUMENTED


def _container_task() -> dict[str, Schema]:
    link: Schema = {
        "anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}],
        "description": "Null unless there is such a file. Needs the access token, where one is needed.",
    }
    return {
        "id": FILE_ID,
        "name": _TEXT_OR_NULL,
        "status": _STATUS,
        "created_at": {"type": "string", "format": "date-time"},
        "webhook_status": _WEBHOOK_STATUS,
        **{f"{name_of(path)}_url": link for path in PATHS[Api.CONTAINER].values()},
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Schema], *, optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties | (optional or {})}
