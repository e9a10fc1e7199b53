"""Keys let in whoever shows them, as long as they are good for it."""

from datetime import timedelta

import pytest

from veil.adapters.sqlite.api_keys import SqliteApiKeys
from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.database import Database
from veil.domain.api_key import Scope, fingerprint
from veil.domain.errors import ApiKeyError, InsufficientCreditError, KeyNotFoundError, KeyRefusedError, LabelTakenError
from veil.use_cases.api_keys import add_key, credit_key, disable_key, let_in


@pytest.fixture
def database(folder):
    with Database(folder) as database:
        yield database


@pytest.fixture
def keys(database):
    return SqliteApiKeys(database)


@pytest.fixture
def ledger(database):
    return SqliteLedger(database)


def test_a_key_has_36_characters_and_is_kept_nowhere(keys, clock, folder):
    key, secret = add_key("demo", keys=keys, clock=clock)

    assert len(secret) == 36
    assert let_in(secret, Scope.JOBS_WRITE, keys=keys, clock=clock).key_id == key.key_id
    assert all(secret.encode() not in file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert keys.find(fingerprint(secret)).owner == key.key_id


def test_what_is_no_key_opens_nothing(keys, clock):
    add_key("demo", keys=keys, clock=clock)

    for secret in ("", "demo", "00000000-0000-4000-8000-000000000000", "\ud800"):
        with pytest.raises(KeyRefusedError):
            let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock)


def test_a_disabled_key_opens_nothing_at_once(keys, clock):
    _, secret = add_key("demo", keys=keys, clock=clock)
    let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock)

    disable_key("demo", keys=keys, clock=clock)

    with pytest.raises(KeyRefusedError):
        let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock)


def test_a_key_is_good_for_its_scopes_only(keys, clock):
    _, secret = add_key("reader", keys=keys, clock=clock, scopes=[Scope.JOBS_READ])

    assert let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock)
    with pytest.raises(KeyRefusedError):
        let_in(secret, Scope.JOBS_WRITE, keys=keys, clock=clock)


def test_the_last_use_is_noted_to_the_minute(keys, clock):
    _, secret = add_key("demo", keys=keys, clock=clock)

    first = let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock).last_used_at
    clock.advance(timedelta(seconds=59))
    assert let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock).last_used_at == first
    clock.advance(timedelta(seconds=1))
    assert let_in(secret, Scope.JOBS_READ, keys=keys, clock=clock).last_used_at == first + timedelta(minutes=1)


def test_a_label_is_taken_once_and_credits_of_the_refused_key_are_nobodys(keys, ledger, clock):
    add_key("demo", keys=keys, clock=clock, credits_granted=5)

    with pytest.raises(LabelTakenError):
        add_key("demo", keys=keys, clock=clock, credits_granted=7)

    (key,) = keys.list()
    assert ledger.balance(key.key_id) == 5


@pytest.mark.parametrize("label", ["", " demo", "a\nb", "x" * 101])
def test_a_label_is_something_to_read(label, keys, clock):
    with pytest.raises(ApiKeyError):
        add_key(label, keys=keys, clock=clock)


def test_credits_are_added_and_taken_back_and_never_below_zero(keys, ledger, clock):
    add_key("demo", keys=keys, clock=clock, credits_granted=5)

    assert credit_key("demo", 10, keys=keys, ledger=ledger, clock=clock) == 15
    assert credit_key("demo", -15, keys=keys, ledger=ledger, clock=clock) == 0
    with pytest.raises(InsufficientCreditError):
        credit_key("demo", -1, keys=keys, ledger=ledger, clock=clock)
    with pytest.raises(ApiKeyError):
        credit_key("demo", 0, keys=keys, ledger=ledger, clock=clock)
    with pytest.raises(KeyNotFoundError):
        credit_key("nobody", 1, keys=keys, ledger=ledger, clock=clock)
