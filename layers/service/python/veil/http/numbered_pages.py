"""Lists in numbered pages, as the older APIs have them (contracts/celantur.md B.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veil.domain.task_status import STARTED
from veil.http.errors import LIST_FAILED, unexpected_value, unknown_parameter
from veil.http.operations import query_parameter
from veil.http.parameter_types import Schema
from veil.ports.stores import TaskQuery

MOST_PER_PAGE = 1000
LAST_PAGE = 10**9
_DECIMAL = re.compile(r"[0-9]{1,10}")

_PAGE: Schema = {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}
_LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE}


def page_parameters(default_limit: int, of: str) -> tuple[dict[str, Any], ...]:
    """Return the query parameters of a list that has so many entries on a page unless told otherwise."""
    limit = query_parameter("limit", {**_LIMIT, "default": default_limit}, f"{of} per page.")
    return limit, query_parameter("page", _PAGE, "Which page, from 1.")


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """Which page of how many entries."""

    limit: int
    page: int

    @property
    def query(self) -> TaskQuery:
        """The query that has this page's entries."""
        return TaskQuery(limit=self.limit, skip=(self.page - 1) * self.limit, statuses=STARTED)

    def pages_of(self, total: int) -> int:
        """Return how many pages the entries fill."""
        return -(-total // self.limit)


def read_page(given: Mapping[str, Sequence[str]], *, default_limit: int) -> NumberedPage:
    """Return the page that a query asks for, whatever else it asks for.

    Raises:
        HttpError: A number is none, or out of range.
    """
    return NumberedPage(
        limit=_number(given, "limit", MOST_PER_PAGE, default_limit), page=_number(given, "page", LAST_PAGE, 1)
    )


def require_known(given: Mapping[str, Sequence[str]], known: Sequence[dict[str, object]]) -> None:
    """Return only if a query has none but these parameters: a misspelled one would ask for everything.

    Raises:
        HttpError: It has another.
    """
    names = {parameter["name"] for parameter in known}
    for key in given:
        if key not in names:
            raise unknown_parameter(LIST_FAILED, key)


def _number(given: Mapping[str, Sequence[str]], key: str, most: int, default: int) -> int:
    texts = given.get(key, [str(default)])
    if len(texts) != 1 or not _DECIMAL.fullmatch(texts[0]) or not 1 <= int(texts[0]) <= most:
        raise unexpected_value(LIST_FAILED, key)
    return int(texts[0])
