"""Moves the clock of a whole process by the days that the environment names."""

import os
from datetime import timedelta

VARIABLE = "VEIL_TEST_CLOCK_DAYS"


def days():
    return int(os.environ.get(VARIABLE, "0"))


def shift_clock():
    """Shift what Python tells of the date until the process ends; waits are measured by another clock and stay."""
    if days():
        import time_machine

        time_machine.travel(timedelta(days=days()), tick=True).start()
