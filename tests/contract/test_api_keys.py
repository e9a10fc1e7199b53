"""What every store of API keys promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from veil.domain.api_key import ApiKey, Scope
from veil.domain.errors import KeyRefusedError, LabelTakenError
from veil.use_cases.api_keys import add_key, disable_key, let_in


def test_a_key_is_found_by_its_fingerprint_and_its_label_and_by_nothing_else(of_jobs, key):
    assert of_jobs.keys.find("print") == of_jobs.keys.labelled("demo") == key
    assert of_jobs.keys.find("demo") is None
    assert of_jobs.keys.labelled("print") is None


def test_a_label_is_taken_once_and_what_was_granted_to_the_refused_key_is_nobodys(of_jobs, key):
    with pytest.raises(LabelTakenError):
        of_jobs.keys.add(ApiKey(key_id="other", owner="ben", label="demo", created_at=key.created_at), "other", None)

    assert of_jobs.keys.list() == [key]
    assert of_jobs.keys.find("other") is None
    assert of_jobs.ledger.balance("k") == 10


def test_keys_are_listed_by_their_labels(of_jobs, clock):
    for label in ("b", "a c", "Ab"):
        add_key(label, keys=of_jobs.keys, clock=clock)

    assert [each.label for each in of_jobs.keys.list()] == ["Ab", "a c", "b"]


def test_a_use_is_noted(of_jobs, key, clock):
    used = key.used(clock.now())

    of_jobs.keys.save(used)

    assert of_jobs.keys.find("print") == used


def test_a_key_disabled_while_it_is_let_in_stays_disabled(of_jobs, clock):
    made = add_key("fast", keys=of_jobs.keys, clock=clock)
    disable_key("fast", keys=of_jobs.keys, clock=clock)

    of_jobs.keys.save(made.key.used(clock.now() + timedelta(minutes=5)))

    assert of_jobs.keys.labelled("fast").disabled_at is not None
    with pytest.raises(KeyRefusedError):
        let_in(made.secret, Scope.JOBS_READ, keys=of_jobs.keys, clock=clock)


def test_a_key_that_was_never_added_is_not_saved(of_jobs, key):
    of_jobs.keys.save(replace(key, key_id="other", label="other"))

    assert of_jobs.keys.labelled("other") is None
