"""Shifts the clock of a test run and of every process it starts: Python runs this at its start.

`make test-clock` puts this folder into PYTHONPATH.
"""

from shifted_clock import shift_clock

shift_clock()
