"""An evaluation, for a person to read at the terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from veil.cli.console import printable

if TYPE_CHECKING:
    from veil.adapters.evaluation import Evaluation, Setting

MOST_PROBLEMS = 20
# So many columns, with class and size in one, fit on 80 characters.
FITTING = 6


def evaluation_table(evaluation: "Evaluation", setting: "Setting") -> Iterator[RenderableType]:
    """Yield a table of the figures, and lines about what they stand for and what was left out."""
    from veil.adapters.evaluation import MEANING

    yield _table(evaluation)
    yield Text(MEANING, style="dim")
    hidden = ", ".join(f"{each.hidden:.1%} for {each.object_class}" for each in evaluation.classes)
    yield f"Hidden of a photo: {hidden}, {evaluation.hidden:.1%} for all."
    yield (
        f"{evaluation.photos} of {setting.pictures} photos measured with {', '.join(setting.models)} "
        f"({setting.profile}); {evaluation.cpu_ms_per_megapixel:.0f} CPU-ms per megapixel."
    )
    if setting.without_annotations:
        yield f"{setting.without_annotations} photos have no annotations and count as showing nothing."
    yield from _problems(evaluation)


def _table(evaluation: "Evaluation") -> Table:
    """Return what fits on a narrow terminal; the rest is in the report and the JSON file."""
    from veil.adapters.evaluation import COLUMNS, table_rows

    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for column in COLUMNS[1:FITTING]:
        table.add_column(column, justify="left" if column == "size" else "right", overflow="fold")
    for name, size, *cells in table_rows(evaluation):
        table.add_row(name or f"  {size}", *cells[: FITTING - 2], style="bold" if name else "")
    return table


def _problems(evaluation: "Evaluation") -> Iterator[RenderableType]:
    if evaluation.problems:
        yield Text(f"Left out: {len(evaluation.problems)}", style="bold red")
    for each in evaluation.problems[:MOST_PROBLEMS]:
        yield Text(f"  {printable(each.place)}: {printable(each.reason)}")
    if len(evaluation.problems) > MOST_PROBLEMS:
        yield f"  and {len(evaluation.problems) - MOST_PROBLEMS} more, which --json and --report list"
