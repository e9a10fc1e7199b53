"""The query of v1's list (contracts/celantur.md B.3)."""

from collections.abc import Mapping, Sequence

from veil.http.errors import LIST_FAILED, unexpected_value
from veil.http.numbered_pages import page_parameters
from veil.http.operations import query_parameter

FILES_PER_PAGE = 50
DOCUMENTED, PROPER = "documented", "proper"
FILE_LIST_QUERY = (
    *page_parameters(FILES_PER_PAGE, "Files"),
    query_parameter(
        "types",
        {"type": "string", "enum": [DOCUMENTED, PROPER], "default": DOCUMENTED},
        "`documented`: counts, true flags and `mask_scale` are texts, as in the vendor's sample. `proper`: every value "
        "has its own type.",
    ),
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
