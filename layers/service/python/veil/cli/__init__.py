"""The `veil` command."""

import atexit
import gc
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    # Imports make tens of thousands of objects and no garbage. To look for it after every 700 costs a twentieth of
    # a run for one photo, to look for it at the end, when everything goes, a tenth.
    gc.set_threshold(10_000)
    atexit.register(gc.freeze)
    # The matrices here are small: threads that NumPy starts for larger ones cost a twentieth of a run for one photo.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A node's workers load the main module anew and with it this one, but no command.
    from veil.cli.commands import run

    sys.exit(run(arguments))
