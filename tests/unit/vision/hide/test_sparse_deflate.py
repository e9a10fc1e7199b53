"""zlib streams of bytes that are mostly zero: zlib reads what was written."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from veil_vision.hide.sparse_deflate import deflated

# Around the lengths at which a run of zeros is written in another way, and far above.
GAPS = st.integers(0, 5) | st.integers(256, 264) | st.integers(514, 520) | st.integers(0, 200_000)


@given(st.lists(st.tuples(GAPS, st.integers(1, 255)), max_size=30), GAPS)
def test_any_bytes_between_any_runs_of_zeros_are_read_as_they_were(items, rest):
    data = b"".join(bytes(gap) + bytes([value]) for gap, value in items) + bytes(rest)
    numbers = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(numbers)

    assert zlib.decompress(deflated(places, numbers[places], len(data))) == data


@given(arrays.arrays(np.uint8, st.integers(0, 2000)))
def test_bytes_of_which_few_are_zero_are_read_as_they_were(numbers):
    places = np.flatnonzero(numbers)

    assert zlib.decompress(deflated(places, numbers[places], len(numbers))) == numbers.tobytes()


@pytest.mark.parametrize("values", [range(1, 256), range(255, 0, -1)])
def test_every_byte_and_every_length_of_a_run_has_a_code(values):
    data = b"".join(bytes(gap) + bytes([value]) for gap, value in enumerate([*values, *values]))
    numbers = np.frombuffer(data, np.uint8)
    places = np.flatnonzero(numbers)

    assert zlib.decompress(deflated(places, numbers[places], len(data))) == data
