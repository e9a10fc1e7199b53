"""The shapes of the container's answers, as JSON schemas."""

from veil.contracts.celantur_container.links import PATHS
from veil.contracts.celantur_container.states import TASK_STATES, WEBHOOK_STATES
from veil.domain.task_status import SHOWN
from veil.http.failures import FAILURE
from veil.http.file_id import FILE_ID
from veil.http.file_links import name_of
from veil.http.object_schemas import TEXT_OR_NULL, TIME, object_schema, reference
from veil.http.parameter_types import Schema

_SHOWN = [TASK_STATES[status] for status in SHOWN]
_STATUS: Schema = {"type": "string", "enum": _SHOWN}


def schemas() -> dict[str, Schema]:
    """Return every schema of the container by its name in the document."""
    return {
        "ContainerTask": object_schema(_container_task(), optional=FAILURE),
        "ContainerTaskList": {"type": "array", "items": reference("ContainerTask")},
        "ForgottenTask": object_schema(
            {"id": FILE_ID, "status": {"type": "string", "enum": list(TASK_STATES.values())}}
        ),
        "ForgottenTasks": object_schema(
            {"deleted": {"type": "integer", "description": "How many tasks lost something."}}
        ),
        "ServiceStatus": object_schema({"status": {"const": "ready"}}),
    }


def _container_task() -> dict[str, Schema]:
    link: Schema = {
        "anyOf": [{"type": "string", "format": "uri"}, {"type": "null"}],
        "description": "Null unless there is such a file. Needs the access token, where one is needed.",
    }
    return {
        "id": FILE_ID,
        "name": TEXT_OR_NULL,
        "status": _STATUS,
        "created_at": TIME,
        "webhook_status": {"type": "string", "enum": list(WEBHOOK_STATES.values())},
        **{f"{name_of(path)}_url": link for path in PATHS.values()},
    }
