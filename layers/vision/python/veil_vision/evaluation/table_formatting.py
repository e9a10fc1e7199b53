"""Figures as people read them, the same on a terminal, on the page and in the documentation."""

from collections.abc import Iterator

from veil_vision.evaluation.intervals import Rate, Share
from veil_vision.evaluation.metrics import Evaluation, Row

COLUMNS = ("class", "size", "marked", "covered", "matched", "false per photo", "unmatched per photo", "hidden")
NOTHING = "-"
MEANING = (
    "covered: nine tenths of the object lie in what is hidden for its class; matched: a detection overlaps its box by "
    "half (intersection over union); false: a region that touches nothing marked; unmatched: one that fits nothing "
    "marked; hidden: mean share of a photo. Sizes: height of plates, longer side of anything else. "
    "In brackets: 95 % intervals."
)


def table_rows(evaluation: Evaluation) -> Iterator[tuple[str, ...]]:
    """Yield a row of cells for each class, and below it one for each of its sizes; see `COLUMNS`."""
    for each in evaluation.classes:
        yield (each.object_class.value, "all", *_cells(each.total), percent(each.hidden))
        yield from (("", size_range(row), *_cells(row), "") for row in each.bins)


def percent(share: float | None) -> str:
    """Return a share as percent."""
    return NOTHING if share is None else f"{share:.1%}"


def size_range(row: Row) -> str:
    """Return the sizes that a row counts."""
    return f"from {row.low:g} px" if row.high is None else f"{row.low:g} to {row.high:g} px"


def _cells(row: Row) -> tuple[str, ...]:
    shares, rates = (row.covered, row.matched), (row.false, row.unmatched)
    return str(row.covered.count), *map(_share, shares), *map(_rate, rates)


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{percent(share.value)} ({100 * low:.1f}-{100 * high:.1f})" if share.count else NOTHING


def _rate(rate: Rate) -> str:
    return f"{rate.value:.2f} ({rate.interval[0]:.2f}-{rate.interval[1]:.2f})" if rate.interval else NOTHING
