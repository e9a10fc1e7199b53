"""Words to the person at the terminal. Results go to standard output, the rest to standard error."""

from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

# No markup and no emoji: file and user names may look like either.
out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
err = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)


def complain(text: str) -> None:
    """Print an error, on one line; without words, as after a command without arguments, print nothing."""
    if text:
        err.print(Text.assemble(("error: ", "bold red"), printable(" ".join(text.split()))))


def printable(text: str | Path) -> str:
    """Return the text with escapes for what a terminal would obey or could not show; file names hold anything."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Container[str], nothing: str) -> None:
    """Print a table of which nothing is cut, or what to say where there are no rows.

    What is in the `whole` columns is there to be copied: it stays on one line, however narrow the terminal. Where there
    is no terminal, everything does.
    """
    shown = [[printable(cell) for cell in row] for row in rows]
    if not shown:
        out.print(nothing)
        return
    table = Table()
    for heading, *cells in zip(headings, *shown, strict=True):
        longest = max(map(cell_len, cells)) if heading in whole or not out.is_terminal else None
        table.add_column(heading, overflow="fold", min_width=longest)
    for row in shown:
        table.add_row(*row)
    out.print(table)


def progress_bar() -> Progress:
    """Return a bar for as long as something is worked on; where nobody watches it is not drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
