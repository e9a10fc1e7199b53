"""The `veil` command."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    # A node's workers load the main module anew and with it this one, but no command.
    from veil.cli.commands import run

    sys.exit(run(arguments))
