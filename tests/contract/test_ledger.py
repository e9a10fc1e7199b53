"""What every ledger promises: a balance is the sum of its entries and never negative."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry, EntryKind
from veil.domain.errors import InsufficientCreditError

_NUMBERS = count()


@pytest.fixture
def entry(clock):
    """Builds entries, each a second after the one before."""

    def build(name, amount, key_id="k"):
        clock.advance(timedelta(seconds=1))
        kind = EntryKind.GRANTED if amount > 0 else EntryKind.RESERVED
        return CreditEntry(entry_id=name, key_id=key_id, kind=kind, amount=amount, entered_at=clock.now())

    return build


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9).filter(bool)), max_size=10))
def test_the_balance_is_the_sum_of_the_entries_and_never_negative(of_jobs, entry, clock, wanted):
    key_id, expected = f"key {next(_NUMBERS)}", {}
    of_jobs.keys.add(ApiKey(key_id=key_id, owner="ana", label=key_id, created_at=clock.now()), key_id, None)

    for number, amount in wanted:
        name = f"{key_id}:{number}"
        if name not in expected and sum(expected.values()) + amount < 0:
            with pytest.raises(InsufficientCreditError):
                of_jobs.ledger.enter(entry(name, amount, key_id))
        else:
            of_jobs.ledger.enter(entry(name, amount, key_id))
            expected.setdefault(name, amount)

    entries = of_jobs.ledger.entries(key_id)
    assert [(each.entry_id, each.amount) for each in entries] == list(expected.items())
    assert of_jobs.ledger.balance(key_id) == sum(expected.values())


def test_what_many_take_at_once_is_never_more_than_there_is(of_jobs, key, entry):
    wanted = [entry(f"take {number}", -3) for number in range(8)]

    def take(each):
        with suppress(InsufficientCreditError):
            of_jobs.ledger.enter(each)

    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(take, wanted))

    assert of_jobs.ledger.balance("k") == 1
    assert sorted(each.amount for each in of_jobs.ledger.entries("k")) == [-3, -3, -3, 10]


def test_a_key_that_nobody_has_has_no_credits_and_cannot_get_any(of_jobs, entry):
    with pytest.raises(Exception, match=r".+"):
        of_jobs.ledger.enter(entry("grant", 10, key_id="nobody"))

    assert of_jobs.ledger.balance("nobody") == 0
    assert of_jobs.ledger.entries("nobody") == []
