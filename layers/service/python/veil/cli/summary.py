"""What became of the files, for a person to read."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from veil.cli.console import printable
from veil.use_cases.anonymize_files import FileOutcome, FileResult

MOST_ROWS = 20
# Names up to this length stay on one line, however long the reasons beside them are.
WHOLE_NAME = 40
_STYLES = {FileOutcome.DONE: "green", FileOutcome.SKIPPED: "dim", FileOutcome.FAILED: "bold red"}


def summary(results: Sequence[FileResult], seconds: float) -> list[RenderableType]:
    """Return a table and a line below it.

    The table has a row for every file; where there are more than a screen shows, for those that failed.
    """
    rows = results if len(results) <= MOST_ROWS else [each for each in results if each.outcome is FileOutcome.FAILED]
    return [*([_table(rows)] if rows else []), _totals(results, seconds)]


def _table(results: Sequence[FileResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    longest = max(len(printable(each.job.source)) for each in results)
    table.add_column("File", overflow="fold", min_width=min(longest, WHOLE_NAME))
    table.add_column("Result")
    table.add_column("Hidden", justify="right")
    table.add_column("Seconds", justify="right")
    if any(each.reason for each in results):
        table.add_column("Why", overflow="fold")
    for each in results:
        table.add_row(*_row(each))
    return table


def _row(result: FileResult) -> tuple[RenderableType, ...]:
    done = result.outcome is FileOutcome.DONE
    return (
        printable(result.job.source),
        Text(result.outcome, style=_STYLES[result.outcome]),
        str(result.hidden) if done else "",
        f"{result.seconds:.1f}" if done else "",
        *([printable(result.reason)] if result.reason else []),
    )


def _totals(results: Sequence[FileResult], seconds: float) -> str:
    counts = Counter(result.outcome for result in results)
    outcomes = ", ".join(f"{counts[outcome]} {outcome}" for outcome in FileOutcome)
    return f"{outcomes}; {sum(result.hidden for result in results)} hidden in {seconds:.1f} s"
