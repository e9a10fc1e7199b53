"""Wilson's interval, and its sibling for rates."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.evaluation.intervals import Rate, Share

counts = st.integers(1, 100_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count)))


@given(counts)
def test_its_ends_are_the_shares_that_lie_so_far_from_what_was_seen(drawn):
    share = Share(*drawn)

    for end in share.interval:
        assert isclose(abs(share.value - end), 1.959964 * (end * (1 - end) / share.count) ** 0.5, rel_tol=1e-6)


def test_it_is_the_interval_that_statisticians_know():
    # What scipy's binomtest(...).proportion_ci(0.95, method="wilson") tells.
    assert Share(0, 10).interval == pytest.approx((0, 0.277533), abs=1e-6)
    assert Share(3, 10).interval == pytest.approx((0.107791, 0.603222), abs=1e-6)
    assert Share(81, 263).interval == pytest.approx((0.255289, 0.366210), abs=1e-6)
    assert Share(99_999, 100_000).interval == pytest.approx((0.999943, 0.999998), abs=1e-6)


@given(counts)
def test_the_share_lies_in_its_interval_and_the_interval_between_none_and_all(drawn):
    share = Share(*drawn)

    low, high = share.interval

    assert 0 <= low <= share.value <= high <= 1


@given(counts)
def test_misses_have_the_mirrored_interval_of_hits(drawn):
    hits, count = drawn

    low, high = Share(hits, count).interval
    other_low, other_high = Share(count - hits, count).interval

    assert isclose(low, 1 - other_high, abs_tol=1e-12)
    assert isclose(high, 1 - other_low, abs_tol=1e-12)


@given(counts, st.integers(2, 50))
def test_more_of_the_same_narrows_it(drawn, times):
    few, many = Share(*drawn).interval, Share(drawn[0] * times, drawn[1] * times).interval

    assert many[1] - many[0] < few[1] - few[0]


def test_of_nothing_nothing_is_known():
    assert Share(0, 0).value is None
    assert Share(0, 0).interval == (0, 1)
    assert Rate(0, 0).interval is None


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_rate_lies_in_its_interval(events, photos):
    rate = Rate(events, photos)

    low, high = rate.interval

    assert 0 <= low <= rate.value <= high
    # The ends are the rates that lie 1.96 standard deviations from what was seen.
    assert isclose(abs(rate.value - high), 1.959964 * (high / photos) ** 0.5, rel_tol=1e-6)
