"""The ledger: a balance is the sum of its entries and never negative, whoever writes and whatever dies."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.adapters.sqlite.api_keys import SqliteApiKeys
from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.database import Database
from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry, EntryKind
from veil.domain.errors import InsufficientCreditError

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def entry(name, amount, key_id="k"):
    kind = EntryKind.GRANTED if amount > 0 else EntryKind.RESERVED
    return CreditEntry(entry_id=name, key_id=key_id, kind=kind, amount=amount, entered_at=NOW)


def with_key(database, key_id="k"):
    SqliteApiKeys(database).add(ApiKey(key_id=key_id, owner="ana", label=key_id, created_at=NOW), key_id, None)
    return SqliteLedger(database)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(-50, 50).filter(bool)), max_size=25))
def test_the_balance_is_the_sum_of_the_entries_and_never_negative(tmp_path_factory, wanted):
    with TemporaryDirectory() as folder, Database(Path(folder)) as database:
        ledger, expected = with_key(database), {}

        for name, amount in wanted:
            if str(name) not in expected and sum(expected.values()) + amount < 0:
                with pytest.raises(InsufficientCreditError):
                    ledger.enter(entry(str(name), amount))
            else:
                ledger.enter(entry(str(name), amount))
                expected.setdefault(str(name), amount)

        assert {each.entry_id: each.amount for each in ledger.entries("k")} == expected
        assert ledger.balance("k") == sum(expected.values())


def test_what_many_take_at_once_is_never_more_than_there_is(database):
    ledger = with_key(database)
    ledger.enter(entry("grant", 10))

    def take(number):
        with suppress(InsufficientCreditError):
            ledger.enter(entry(f"take {number}", -3))

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(take, range(12)))

    assert ledger.balance("k") == 1
    assert [each.amount for each in ledger.entries("k")] == [10, -3, -3, -3]


@pytest.mark.parametrize("statement", ["UPDATE credit_entries SET amount = 99", "DELETE FROM credit_entries"])
def test_an_entry_is_never_changed_and_never_removed(statement, database):
    ledger = with_key(database)
    ledger.enter(entry("grant", 10))

    with pytest.raises(sqlite3.IntegrityError, match="never"), database.writing() as connection:
        connection.execute(statement)

    assert ledger.balance("k") == 10


def test_a_program_killed_while_it_spends_leaves_a_balance_that_is_the_sum(database, folder, start):
    with_key(database).enter(entry("grant", 10**6))
    program = start("spend_forever.py", folder)
    for _ in range(20):
        program.stdout.readline()

    program.kill()
    program.wait()

    with Database(folder) as reopened:
        ledger = SqliteLedger(reopened)
        entries = ledger.entries("k")
    assert len(entries) > 20
    assert ledger.balance("k") == sum(each.amount for each in entries)


def test_a_key_that_nobody_has_has_no_credits_and_cannot_get_any(database):
    ledger = SqliteLedger(database)

    assert ledger.balance("nobody") == 0
    with pytest.raises(sqlite3.IntegrityError):
        ledger.enter(entry("grant", 10, key_id="nobody"))
