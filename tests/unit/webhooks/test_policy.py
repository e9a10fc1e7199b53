from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.webhooks.policy import GIVE_UP_AFTER, next_due, requested_pause

FIRST_DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)

jitters = st.floats(0, 1)
attempts_made = st.integers(1, 10_000)
elapsed_times = st.timedeltas(timedelta(), timedelta(hours=30))


def calls(jitter):
    """Yield the time of every call to a receiver that never answers well."""
    now, made = FIRST_DUE, 0
    while now is not None:
        yield now
        made += 1
        now = next_due(made, FIRST_DUE, now, jitter)


@given(jitter=jitters)
def test_a_receiver_that_stays_away_is_called_at_least_ten_times_within_a_day(jitter):
    times = list(calls(jitter))

    assert 10 <= len(times) <= 30
    assert times == sorted(set(times))
    assert times[-1] == FIRST_DUE + GIVE_UP_AFTER


@given(attempts=attempts_made, elapsed=elapsed_times, jitter=jitters)
def test_the_next_call_is_later_than_now_and_never_after_the_day(attempts, elapsed, jitter):
    now = FIRST_DUE + elapsed

    due = next_due(attempts, FIRST_DUE, now, jitter)

    assert (due is None) == (elapsed >= GIVE_UP_AFTER)
    assert due is None or now < due <= FIRST_DUE + GIVE_UP_AFTER


@given(attempts=attempts_made, elapsed=st.timedeltas(timedelta(), timedelta(hours=23)), less=jitters, more=jitters)
def test_more_attempts_or_more_jitter_never_bring_the_call_forward(attempts, elapsed, less, more):
    less, more = sorted((less, more))
    now = FIRST_DUE + elapsed

    due = next_due(attempts, FIRST_DUE, now, less)

    assert due <= next_due(attempts, FIRST_DUE, now, more)
    assert due <= next_due(attempts + 1, FIRST_DUE, now, less)


def test_without_jitter_the_schedule_is_the_documented_one():
    minutes = [round((each - FIRST_DUE).total_seconds() / 60, 1) for each in calls(0.0)]

    assert minutes == [0, 0.1, 0.3, 1.1, 3.3, 10.1, 30.3, 91.1, 271.1, 451.1, 631.1, 811.1, 991.1, 1171.1, 1351.1, 1440]


def test_a_receiver_may_ask_for_a_longer_pause_but_not_for_a_longer_day():
    hour, week = timedelta(hours=1), timedelta(days=7)

    assert next_due(1, FIRST_DUE, FIRST_DUE, 0.0, hour) == FIRST_DUE + hour
    assert next_due(1, FIRST_DUE, FIRST_DUE, 0.0, week) == FIRST_DUE + GIVE_UP_AFTER


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("120", 120),
        (" 7 ", 7),
        ("9" * 5000, 86_400),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
        ("Sun, 01 Mar 2026 12:02:00 -0000", 120),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Fri, 01 Mar 2126 12:00:00 GMT", 86_400),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    assert requested_pause(header, FIRST_DUE) == timedelta(seconds=seconds)


@given(header=st.text())
def test_no_retry_after_header_is_too_strange_to_read(header):
    assert timedelta() <= requested_pause(header, FIRST_DUE) <= GIVE_UP_AFTER
