"""A grid at a bit a cell is the grid that it was made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.bitmaps import Bitmap


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 99))
def test_the_cells_come_back_and_equal_ones_are_one_grid(rows, columns, seed):
    cells = np.random.default_rng(seed).random((rows, columns)) < 0.5

    assert np.array_equal(Bitmap.of(cells).cells, cells)
    assert Bitmap.of(cells) == Bitmap.of(cells.copy(order="F"))
    assert len(Bitmap.of(cells).bits) <= cells.size // 8 + 1


@pytest.mark.parametrize(
    ("rows", "columns", "bits"), [(0, 3, b""), (3, 0, b""), (3, 3, b"a"), (2, 4, b"ab"), (-1, -8, b"a")]
)
def test_what_has_not_a_bit_for_each_cell_is_no_grid(rows, columns, bits):
    with pytest.raises(ValueError, match="no grid"):
        Bitmap(rows, columns, bits)
