"""The shapes of v1's answers, as JSON schemas."""

from veil.contracts.celantur_v1.bodies import ECHOED, LISTED
from veil.contracts.celantur_v1.parameters import V1_PARAMETERS
from veil.contracts.celantur_v1.states import TASK_STATES, WEBHOOK_STATES
from veil.http.failures import FAILURE
from veil.http.file_id import FILE_ID
from veil.http.object_schemas import TEXT, TEXT_OR_NULL, object_schema
from veil.http.parameter_types import Schema

_V1_TIME: Schema = {
    "type": "string",
    "description": "DD/MM/YYYY, HH:MM:SS in UTC.",
    "examples": ["24/01/2023, 14:07:51"],
}
_V1_TIME_OR_NULL: Schema = {"anyOf": [_V1_TIME, {"type": "null"}]}
_STATUS: Schema = {"type": "string", "enum": list(TASK_STATES.values())}
_WEBHOOK_STATUS: Schema = {"type": "string", "enum": list(WEBHOOK_STATES.values())}
_SCHEMA_OF = {each.name: each.kind.schema for each in V1_PARAMETERS}
# The vendor's sample has these texts where its other answers have values.
_DOCUMENTED: dict[str, Schema] = {"ignores": TEXT, "mask_scale": TEXT, "detections": TEXT}
_DOCUMENTED_FLAG: Schema = {"enum": ["True", False]}


def schemas() -> dict[str, Schema]:
    """Return every schema of v1 by its name in the document."""
    count: Schema = {"anyOf": [TEXT, {"type": "integer"}]}
    listed: Schema = {"anyOf": [object_schema(_listed_as_documented()), object_schema(_listed())]}
    return {
        "File": object_schema(_file()),
        "FileStatus": object_schema(
            {"file_id": FILE_ID, "file_status": _STATUS, "delete_time": _V1_TIME_OR_NULL}, optional=FAILURE
        ),
        "FileList": object_schema(
            {"total_item_count": count, "total_page_count": count, "items": {"type": "array", "items": listed}}
        ),
    }


def _file() -> dict[str, Schema]:
    return {
        "customer_id": TEXT,
        "file_id": FILE_ID,
        "upload_time": _V1_TIME,
        "delete_time": _V1_TIME_OR_NULL,
        "name": TEXT,
        **{name: _SCHEMA_OF[name] for name in ECHOED},
        "webhook": TEXT_OR_NULL,
        "file_status": _STATUS,
        "webhook_status": _WEBHOOK_STATUS,
    }


def _listed() -> dict[str, Schema]:
    return {
        "customer_id": TEXT,
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
