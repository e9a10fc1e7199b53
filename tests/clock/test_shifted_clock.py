"""Nothing depends on the day it runs.

`make test-clock` runs every test three years ahead and a day behind. Here, in every run, the tests go three years
ahead whose subjects meet a date that is not the test's: of moto, of tokens, of files, of a certificate. The day behind
is left to the slow tests: it costs as much again, and what failed first was what grows old.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.clock.shifted_clock import VARIABLE, days

DAY_SECONDS = 24 * 3600
THREE_YEARS_DAYS = 1095
MEETING_A_CLOCK = (
    "tests/contract/test_delivery_store.py",
    "tests/unit/aws/test_queue.py",
    "tests/unit/aws/test_wake_ups.py",
    "tests/unit/adapters/sqlite/test_accounts.py",
    "tests/unit/use_cases/test_anonymize_files.py",
    "tests/unit/vision/models/test_https_download.py",
    "tests/unit/webhooks/test_signing.py",
)
ASK = "import time, datetime; print(time.time(), datetime.datetime.now(datetime.UTC).timestamp())"


def at(number_of_days, *arguments, repository):
    told = os.environ | {VARIABLE: str(number_of_days), "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=repository, env=told, capture_output=True, text=True)


def test_the_clock_is_where_the_run_put_it(tmp_path):
    file = tmp_path / "made by the system"
    file.touch()

    assert round((time.time() - file.stat().st_mtime) / DAY_SECONDS) == days()


@pytest.mark.parametrize("shift", [THREE_YEARS_DAYS, -1])
def test_a_process_that_the_run_starts_has_its_clock(repository, tmp_path, shift):
    file = tmp_path / "made by the system"
    file.touch()

    seen = [float(each) for each in at(shift, "-c", ASK, repository=repository).stdout.split()]

    assert [round((each - file.stat().st_mtime) / DAY_SECONDS) for each in seen] == [shift, shift]


@pytest.mark.skipif(days() != 0, reason="the whole run is shifted already")
@pytest.mark.parametrize("shift", [THREE_YEARS_DAYS, pytest.param(-1, marks=pytest.mark.slow)])
def test_what_meets_a_real_clock_passes_on_another_day(repository, tmp_path, shift):
    # In a folder of its own: runs that share pytest's remove each other's leftovers, and fail where they meet.
    arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}", *MEETING_A_CLOCK)

    done = at(shift, *arguments, repository=repository)

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
