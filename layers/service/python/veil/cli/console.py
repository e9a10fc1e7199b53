"""Words to the person at the terminal. Results go to standard output, the rest to standard error."""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print an error."""
    err.print(f"[bold red]error:[/] {text}", markup=True)


def warn(text: str) -> None:
    """Print a warning."""
    err.print(f"[yellow]warning:[/] {text}")
