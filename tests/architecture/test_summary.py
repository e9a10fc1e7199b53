"""The suite says at its end what it did not run."""

from tests.summary import not_run


def test_a_run_that_left_nothing_out_says_nothing():
    assert not_run([], slow=0) == ""


def test_skipped_tests_are_counted_by_reason_and_slow_ones_with_their_command():
    line = not_run(["no openssl", "no photos", "no photos"], slow=41)

    assert line == "Not run: 2 skipped: no photos; 1 skipped: no openssl; 41 slow: `make test-slow` runs them."
