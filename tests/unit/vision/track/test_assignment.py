"""Pairs of least total cost, the same as SciPy finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from veil_vision.track.assignment import assign

costs = st.tuples(st.integers(0, 7), st.integers(0, 7)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0, 1e6, width=32) | st.integers(0, 3).map(float))
)


@settings(max_examples=60)
@given(costs)
def test_the_pairs_cost_as_little_as_those_that_scipy_finds(cost):
    # Every process imports every file of tests, and this library takes half a second: only this test pays for it.
    from scipy.optimize import linear_sum_assignment

    pairs = assign(cost)

    assert len(pairs) == min(cost.shape)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert sum(cost[pair] for pair in pairs) == pytest.approx(cost[linear_sum_assignment(cost)].sum())
