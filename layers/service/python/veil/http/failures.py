"""What answers say of a failure."""

from veil.domain.causes import FailureCause
from veil.domain.task import Task
from veil.http.parameter_types import Schema

FAILURE: dict[str, Schema] = {
    "failure_cause": {
        "type": "string",
        "enum": [each.value for each in FailureCause],
        "description": "Only when the work has failed.",
    },
    "failure_reason": {"type": "string", "description": "What exactly was wrong, for people; may be absent."},
}


def failure_of(task: Task) -> dict[str, str]:
    """Return what an answer says of a failure: nothing unless the task has failed."""
    if task.failure_cause is None:
        return {}
    reason = {"failure_reason": task.told_reason} if task.told_reason else {}
    return {"failure_cause": task.failure_cause.value, **reason}
