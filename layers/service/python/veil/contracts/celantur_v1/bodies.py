"""Tasks as v1 shows them: files and list items."""

import json
from datetime import datetime
from typing import Any

from veil.contracts.celantur_v1.states import TASK_STATES, WEBHOOK_STATES
from veil.domain.policy import ObjectClass
from veil.domain.task import Task, TaskStatus
from veil.http.failures import failure_of
from veil.http.file_id import file_id_of
from veil.http.parameter_table import METHOD
from veil.http.policy_parameters import parameters_of

Json = dict[str, Any]

_KERNEL_SIZES = tuple(f"kernel_size_{each}" for each in ("face", "person", "license_plate", "vehicle"))
_GRADIENTS = tuple(
    f"{each}_anonymization_gradient_{end}"
    for each in (ObjectClass.FACE, ObjectClass.LICENSE_PLATE)
    for end in ("start", "stop")
)
ECHOED = (
    *("debug", "score", "method"),
    *(each.value for each in ObjectClass),
    *("format", "bbox", "ignores", "mask_scale", "save_mask", "quality", "compress_level"),
    *_KERNEL_SIZES,
    *_GRADIENTS,
)
_NOT_LISTED = frozenset({"quality", "compress_level"})
LISTED = tuple(name for name in ECHOED if name not in _NOT_LISTED)


def file_body(task: Task) -> Json:
    """Return the answer to an upload: every key of the vendor's sample, each with its type (B.1)."""
    return {
        "customer_id": task.owner,
        "file_id": file_id_of(task.task_id),
        "upload_time": _time(task.created_at),
        "delete_time": delete_time(task),
        "name": task.origin.name or file_id_of(task.task_id),
        **_parameters(task, ECHOED),
        "webhook": task.webhook,
        "file_status": TASK_STATES[task.status],
        "webhook_status": WEBHOOK_STATES[task.webhook_status],
    }


def file_status_body(task: Task) -> Json:
    """Return how a file stands (B.2)."""
    body = {
        "file_id": file_id_of(task.task_id),
        "file_status": TASK_STATES[task.status],
        "delete_time": delete_time(task),
    }
    return body | failure_of(task)


def listed_file(task: Task) -> Json:
    """Return a file in a list, each value with its own type."""
    return {
        "customer_id": task.owner,
        "file_id": file_id_of(task.task_id),
        "detections": None,
        "upload_time": _time(task.created_at),
        "delete_time": delete_time(task),
        "file_status": TASK_STATES[task.status],
        **_parameters(task, LISTED),
    }


def listed_file_as_documented(task: Task) -> Json:
    """Return a file in a list with the types of the vendor's sample (B.3).

    A flag is the text `True` or the value `false`: whatever a client does with either, by comparing texts
    or by asking whether it is true, comes out right.
    """
    plain = listed_file(task)
    flags = {key: "True" for key, value in plain.items() if value is True}
    texts = {"ignores": json.dumps(plain["ignores"]), "mask_scale": f"{plain['mask_scale']:g}", "detections": " "}
    return plain | flags | texts


def delete_time(task: Task) -> str | None:
    """Return when the task's files were deleted, or None where they were not: nothing moves it after that."""
    return _time(task.updated_at) if task.status is TaskStatus.DELETED else None


def _parameters(task: Task, names: tuple[str, ...]) -> Json:
    values = parameters_of(task.policy)
    values["method"] = values.pop(METHOD)
    return {name: values[name] if name in _GRADIENTS else _without_point(values[name]) for name in names}


def _without_point(value: Any) -> Any:
    """Return a number as the vendor's sample writes it: 91, not 91.0, for clients that read integers there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _time(moment: datetime) -> str:
    """Return a time as v1 writes it; the zone, which it never states, is UTC."""
    return moment.strftime("%d/%m/%Y, %H:%M:%S")
