"""What freed frames leave with the allocator goes back to the system."""

import ctypes
import sys


def return_free_memory() -> None:
    """Have glibc return its free pages; where there is another allocator, nothing is done.

    glibc learns the size of what is freed, keeps room for as much and finds it in pieces too small for what comes
    next: after frames of 4K it held a gigabyte.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
