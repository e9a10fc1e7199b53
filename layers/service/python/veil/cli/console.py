"""Words to the person at the terminal. Results go to standard output, the rest to standard error."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
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


def progress_bar() -> Progress:
    """Return a bar for as long as something is worked on; where nobody watches it is not drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
