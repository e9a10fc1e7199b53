"""The `veil` command."""

import atexit
import gc
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    # To look for garbage at the end, when everything goes, takes a tenth of a run for one photo.
    atexit.register(gc.freeze)
    # A node's workers load the main module anew and with it this one, but no command.
    from veil.cli.commands import run

    sys.exit(run(arguments))
