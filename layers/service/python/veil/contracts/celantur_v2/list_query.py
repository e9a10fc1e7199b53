"""The query of the task list: paging and filters. The contract is silent about them, so they are ours."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from veil.contracts.celantur_v2.states import TASK_STATES
from veil.domain.task import TaskStatus
from veil.http.errors import LIST_FAILED, unexpected_value, unknown_parameter
from veil.http.json_body import canonical
from veil.http.parameter_types import Schema
from veil.ports.stores import TaskQuery

MAX_LIMIT = 200
LARGEST_ID = 2**63 - 1
_DECIMAL = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParameter:
    """One query parameter.

    Attributes:
        field: The field of `TaskQuery` that it sets.
        read: Returns that field's value from the values given; a ValueError or OverflowError refuses them.
    """

    name: str
    field: str
    schema: Schema
    effect: str
    read: Callable[[Sequence[str]], Any]


def _limit(values: Sequence[str]) -> int:
    limit = _decimal(values)
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(limit)
    return limit


def _decimal(values: Sequence[str]) -> int:
    (text,) = values
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _page_token(values: Sequence[str]) -> int:
    before = _decimal(values)
    if before > LARGEST_ID:
        raise ValueError(before)
    return before


def _statuses(values: Sequence[str]) -> frozenset[TaskStatus]:
    known = {word: status for status, word in TASK_STATES.items()}
    words = [word.strip() for value in values for word in value.split(",")]
    if not known.keys() >= set(words):
        raise ValueError(words)
    return frozenset(known[word] for word in words)


def _time(values: Sequence[str]) -> datetime:
    (text,) = values
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


_TIME: Schema = {"type": "string", "format": "date-time"}

LIST_PARAMETERS: tuple[ListParameter, ...] = (
    ListParameter(
        name="limit",
        field="limit",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": TaskQuery().limit},
        effect="Tasks per page.",
        read=_limit,
    ),
    ListParameter(
        name="page_token",
        field="before",
        schema={"type": "string"},
        effect="The `next_page_token` of the page before.",
        read=_page_token,
    ),
    ListParameter(
        name="task_status",
        field="statuses",
        schema={"type": "array", "items": {"type": "string", "enum": list(TASK_STATES.values())}},
        effect="Only tasks in one of these states: repeated, or separated by commas.",
        read=_statuses,
    ),
    ListParameter(
        name="created_from",
        field="created_from",
        schema=_TIME,
        effect="Only tasks created then or later (ISO 8601; UTC where no zone is given).",
        read=_time,
    ),
    ListParameter(
        name="created_until",
        field="created_until",
        schema=_TIME,
        effect="Only tasks created before (ISO 8601; UTC where no zone is given).",
        read=_time,
    ),
)
_BY_NAME = {each.name: each for each in LIST_PARAMETERS}


def read_list_query(given: Mapping[str, Sequence[str]]) -> TaskQuery:
    """Return what a query string asks for.

    Raises:
        HttpError: A parameter is unknown or has a value that it does not take.
    """
    fields: dict[str, Any] = {}
    for key, values in given.items():
        parameter = _BY_NAME.get(canonical(key))
        if parameter is None:
            raise unknown_parameter(LIST_FAILED, key)
        try:
            fields[parameter.field] = parameter.read(values)
        except (ValueError, OverflowError) as error:
            raise unexpected_value(LIST_FAILED, key) from error
    return TaskQuery(**fields)
