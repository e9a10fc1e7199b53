"""What became of the files, for a person to read."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from veil.cli.console import printable
from veil.use_cases.anonymize_files import FileOutcome, FileResult

MOST_ROWS = 20
# Names up to this length stay on one line, however long the reasons beside them are.
WHOLE_NAME = 40
_STYLES = {
    FileOutcome.DONE: "green",
    FileOutcome.SKIPPED: "dim",
    FileOutcome.FAILED: "bold red",
    FileOutcome.LEFT_OUT: "yellow",
}
_ALWAYS_NAMED = frozenset({FileOutcome.FAILED, FileOutcome.LEFT_OUT})


def summary(results: Sequence[FileResult], seconds: float) -> list[RenderableType]:
    """Return a table and a line below it.

    The table has a row for every file; where there are more than a screen shows, for those without a result. What is
    to be said of the others is then counted.
    """
    if len(results) <= MOST_ROWS:
        return [*([_table(results)] if results else []), _totals(results, seconds)]
    rows = [each for each in results if each.outcome in _ALWAYS_NAMED]
    others = (each for each in results if each.outcome not in _ALWAYS_NAMED)
    return [*([_table(rows)] if rows else []), *_remarks(others), _totals(results, seconds)]


def _remarks(results: Iterable[FileResult]) -> list[str]:
    counts = Counter(result.reason for result in results if result.reason)
    return [f"{count} of the others: {printable(reason)}" for reason, count in counts.most_common()]


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
    told = (outcome for outcome in FileOutcome if counts[outcome] or outcome is not FileOutcome.LEFT_OUT)
    outcomes = ", ".join(f"{counts[outcome]} {outcome}" for outcome in told)
    return f"{outcomes}; {sum(result.hidden for result in results)} hidden in {seconds:.1f} s"
