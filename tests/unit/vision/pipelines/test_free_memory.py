import ctypes
import os
import sys
from pathlib import Path

import pytest

from veil_vision.pipelines.free_memory import return_free_memory

PIECES, PIECE = 2000, 20_000


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps freed memory"
)
def test_what_was_freed_between_what_is_still_in_use_goes_back():
    pieces = [bytes([1]) * PIECE for _ in range(PIECES)]
    last = pieces[-1]
    del pieces
    before = resident()

    return_free_memory()

    assert len(last) == PIECE
    assert before - resident() > PIECES * PIECE / 2
