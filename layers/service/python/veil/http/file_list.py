"""The queries of v1's lists: numbered pages (contracts/celantur.md B.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from veil.http.errors import LIST_FAILED, unexpected_value, unknown_parameter
from veil.http.kinds import Schema
from veil.http.operations import query_parameter
from veil.ports.stores import TaskQuery

MOST_PER_PAGE = 1000
LAST_PAGE = 10**9
FILES_PER_PAGE = 50
TASKS_PER_PAGE = 1000
DOCUMENTED, PROPER = "documented", "proper"
_DECIMAL = re.compile(r"[0-9]{1,10}")

_PAGE: Schema = {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}
_LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE}
PAGE_PARAMETER = query_parameter("page", _PAGE, "Which page, from 1.")
FILE_LIST_QUERY = (
    query_parameter("limit", {**_LIMIT, "default": FILES_PER_PAGE}, "Files per page."),
    PAGE_PARAMETER,
    query_parameter(
        "types",
        {"type": "string", "enum": [DOCUMENTED, PROPER], "default": DOCUMENTED},
        "`documented`: counts, true flags and `mask_scale` are texts, as in the vendor's sample. `proper`: every value "
        "has its own type.",
    ),
)
TASK_LIST_QUERY = (
    query_parameter("limit", {**_LIMIT, "default": TASKS_PER_PAGE}, "Tasks per page."),
    PAGE_PARAMETER,
)


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """Which page of how many entries."""

    limit: int
    page: int

    @property
    def query(self) -> TaskQuery:
        """The query that has this page's entries."""
        return TaskQuery(limit=self.limit, skip=(self.page - 1) * self.limit)

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


def has_proper_types(given: Mapping[str, Sequence[str]]) -> bool:
    """Say which types a query asks for.

    Raises:
        HttpError: It asks for something else.
    """
    chosen = given.get("types", [DOCUMENTED])
    if chosen not in ([DOCUMENTED], [PROPER]):
        raise unexpected_value(LIST_FAILED, "types")
    return chosen == [PROPER]


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
