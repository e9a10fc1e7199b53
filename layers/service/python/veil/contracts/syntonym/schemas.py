"""The shapes of requests and answers, as JSON schemas."""

from veil.contracts.syntonym.parameters import CONFIG_SCHEMA
from veil.http.object_schemas import TEXT, object_schema, reference
from veil.http.parameter_types import Schema

JOB_ID: Schema = {"type": "string", "format": "uuid"}
FILE_NAME: Schema = {"type": "string", "examples": ["clip.mp4"]}
CONFIG: dict[str, Schema] = CONFIG_SCHEMA["properties"]
_NUMBER_OR_NULL: Schema = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
_TEXT_OR_NULL: Schema = {"anyOf": [TEXT, {"type": "null"}]}
_FLAG: Schema = {"type": "boolean"}
_STATUS: Schema = {"type": "integer", "description": "0 waits, 1 to 99 per cent, 100 completed, 200 failed."}


def schemas() -> dict[str, Schema]:
    """Return every schema by its name in the document."""
    return {
        "NewUploadSession": _new_session(),
        "UploadSession": object_schema({"session_uri": {"type": "string", "format": "uri"}, "job_id": JOB_ID}),
        "NewCallback": object_schema({"job_id": TEXT, "callback_url": {**TEXT, "format": "uri"}}),
        "JobMessage": object_schema({"message": TEXT}),
        "JobReport": object_schema(_REPORT),
        "NewFileJob": _new_file_job(),
        "FileJob": object_schema(_FILE_JOB),
        "JobStanding": object_schema({"job_id": JOB_ID, "status": _STATUS, "status_detail": TEXT}),
        "TaskStanding": object_schema({"task_id": TEXT, "task_status": _STATUS, "status_detail": TEXT}),
        "Redirect": object_schema({"url": TEXT, "status_code": {"const": 307}, "headers": {"type": "object"}}),
        "Detail": object_schema({"detail": TEXT}),
        # What stands where an id is expected and cannot be one names no route, and no contract of its own.
        "NotFound": {"anyOf": [reference("Detail"), reference("Error")]},
        "Invalid": object_schema({"detail": {"type": "array", "items": {"type": "object"}}}),
    }


def _new_session() -> Schema:
    return {
        "type": "object",
        "required": ["file_name"],
        "properties": {
            "file_name": FILE_NAME,
            "file_size": {"type": "integer", "minimum": 0, "description": "Bytes."},
            "content_type": {**TEXT, "description": "Any text; the bytes tell what the file is."},
            **_MODEL,
        },
    }


def _new_file_job() -> Schema:
    return {
        "type": "object",
        "required": ["model_config"],
        "properties": {
            "file_path": {**TEXT, "description": "A file below /syntonym/jobs, which is the node's jobs folder."},
            **_MODEL,
        },
    }


_MODEL: dict[str, Schema] = {
    "model": {"type": "string", "enum": ["blur", "syn"], "default": "blur"},
    "model_config": {"anyOf": [CONFIG_SCHEMA, {**TEXT, "description": "The same as JSON text."}]},
}
_TASK: dict[str, Schema] = {
    "task_id": TEXT,
    "task_status": _STATUS,
    "task_status_description": TEXT,
    "input_file": TEXT,
    "output_file": TEXT,
    "download_link": _TEXT_OR_NULL,
    "credit_cost": _NUMBER_OR_NULL,
}
_REPORT: dict[str, Schema] = {
    "job_id": JOB_ID,
    "job_status": _STATUS,
    "job_status_description": TEXT,
    "job_total_credit_cost": _NUMBER_OR_NULL,
    "total_credit_cost": _NUMBER_OR_NULL,
    "created_at": {"type": "string", "format": "date-time"},
    "input_file": TEXT,
    "model": TEXT,
    "has_errors": _FLAG,
    "is_approved": _FLAG,
    "cancelled": _FLAG,
    "tasks": {"type": "array", "items": object_schema(_TASK)},
}
_FILE_JOB: dict[str, Schema] = {
    "status": _STATUS,
    **{
        name: _REPORT[name] for name in ("job_id", "created_at", "input_file", "has_errors", "is_approved", "cancelled")
    },
    "tasks": _REPORT["tasks"],
}
