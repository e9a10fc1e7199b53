"""Segments are one worker's at a time, and free again however it ends."""

import os
import signal
import subprocess
import sys

from veil.adapters.folders.segment_claims import FolderClaims
from veil.ports.queue import TaskRef

REF = TaskRef("ana", 7)
HOLDER = """
import sys, time
from pathlib import Path
from veil.adapters.folders.segment_claims import FolderClaims
from veil.ports.queue import TaskRef
with FolderClaims(Path(sys.argv[1]))(TaskRef("ana", 7), 3) as is_ours:
    print(is_ours, flush=True)
    time.sleep(600)
"""


def test_a_segment_is_claimed_once_and_others_stay_free(tmp_path):
    here, there = FolderClaims(tmp_path / "claims"), FolderClaims(tmp_path / "claims")

    with here(REF, 1) as first, there(REF, 1) as second, there(REF, 2) as other, there(TaskRef("ana", 8), 1) as others:
        assert (first, second, other, others) == (True, False, True, True)
    with there(REF, 1) as again:
        assert again
    assert list((tmp_path / "claims").iterdir()) == []


def test_a_worker_that_is_killed_holds_nothing_back(tmp_path):
    claims = FolderClaims(tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "True\n"
    with claims(REF, 3) as is_ours:
        assert not is_ours

    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()

    with claims(REF, 3) as is_ours:
        assert is_ours
