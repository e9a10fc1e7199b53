"""Who may sign in, and what a token is good for."""

import base64
import json
from datetime import timedelta
from time import process_time

import jwt
import pytest
from argon2 import PasswordHasher

from veil.adapters.sqlite.accounts import (
    PASSWORD_HASHER,
    AccountError,
    AccountNotFoundError,
    SqliteAccounts,
    UsernameTakenError,
)
from veil.domain.errors import SignInRefusedError

KEY = b"k" * 32
PASSWORD = "correct horse"
# As cheap as argon2 allows: these tests are about rules, not about the cost of a guess.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def accounts(database, clock):
    return SqliteAccounts(database, KEY, clock, hasher=CHEAP)


@pytest.fixture
def ana(accounts):
    return accounts.add("Ana@example.org", PASSWORD)


@pytest.fixture
def forge(ana, clock):
    """Makes a token that differs from a right one in some claims."""

    def make(key=KEY, algorithm="HS256", **claims):
        now = int(clock.now().timestamp())
        right = {"sub": ana.owner, "generation": 1, "iat": now, "exp": now + 60, "jti": "x", "token_use": "access"}
        return jwt.encode(right | claims, key, algorithm=algorithm)

    return make


def hash_of(database):
    return database.read("SELECT password_hash FROM accounts", {})[0]["password_hash"]


def test_the_right_password_gives_a_token_that_names_its_owner(accounts, ana):
    signed_in = accounts.sign_in("Ana@example.org", PASSWORD)

    assert accounts.owner_of(signed_in.access_token) == ana.owner
    assert signed_in.expires_seconds == 3600


def test_capitals_and_spellings_of_a_name_do_not_matter(accounts, ana):
    assert accounts.sign_in("ANA@EXAMPLE.ORG", PASSWORD)
    assert accounts.sign_in("\uff21na@example.org", PASSWORD)
    with pytest.raises(UsernameTakenError):
        accounts.add("ana@EXAMPLE.org", "another password")


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("Ana@example.org", "wrong horse"),
        ("Ana@example.org", ""),
        ("Ana@example.org", PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("", ""),
        ("\ud800", "\ud800\0"),
        ("Ana@example.org' --", PASSWORD),
    ],
)
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(accounts, ana, username, password):
    with pytest.raises(SignInRefusedError, match=r"^Incorrect username or password\.$"):
        accounts.sign_in(username, password)


def test_an_unknown_name_costs_as_much_as_a_wrong_password(database, clock):
    accounts = SqliteAccounts(database, KEY, clock, hasher=PasswordHasher(time_cost=2, memory_cost=8192))
    accounts.add("ana", PASSWORD)

    def cost(username):
        def once():
            before = process_time()
            with pytest.raises(SignInRefusedError):
                accounts.sign_in(username, "wrong horse")
            return process_time() - before

        return min(once() for _ in range(5))

    assert cost("nobody") > 0.5 * cost("ana")


def test_opening_the_accounts_hashes_nothing(database, clock):
    class Busy(PasswordHasher):
        def hash(self, *_, **__):
            raise AssertionError("a hash costs a tenth of a second, and every command and worker opens the accounts")

    SqliteAccounts(database, KEY, clock, hasher=Busy())


@pytest.mark.parametrize("username", ["", " ana", "ana ", "a\nb", "a\0", "\ud800", "x" * 255])
def test_a_name_that_cannot_be_used_is_refused(accounts, username):
    with pytest.raises(AccountError, match="printable"):
        accounts.add(username, PASSWORD)

    assert list(accounts.list()) == []


def test_a_short_password_is_refused(accounts, ana):
    with pytest.raises(AccountError, match="at least 8 characters"):
        accounts.add("bob", "1234567")
    with pytest.raises(AccountError, match="at least 8 characters"):
        accounts.set_password("Ana@example.org", "1234567")

    assert accounts.sign_in("ana@example.org", PASSWORD)


def test_accounts_are_listed_by_name(accounts, ana, clock):
    bob = accounts.add("bob", PASSWORD)

    assert list(accounts.list()) == [ana, bob]
    assert ana.created_at == clock.now()


def test_a_removed_account_can_do_nothing_more(accounts, ana):
    token = accounts.sign_in("ana@example.org", PASSWORD).access_token

    accounts.remove("ANA@example.org")

    assert accounts.owner_of(token) is None
    with pytest.raises(SignInRefusedError):
        accounts.sign_in("Ana@example.org", PASSWORD)


def test_a_name_that_is_given_again_is_another_owner(accounts, ana):
    token = accounts.sign_in("ana@example.org", PASSWORD).access_token
    accounts.remove("ana@example.org")

    again = accounts.add("Ana@example.org", PASSWORD)

    assert again.owner != ana.owner
    assert accounts.owner_of(token) is None


def test_a_new_password_replaces_the_old_one_and_voids_its_tokens(accounts, ana):
    token = accounts.sign_in("ana@example.org", PASSWORD).access_token

    accounts.set_password("ana@example.org", "battery staple")

    assert accounts.owner_of(token) is None
    assert accounts.owner_of(accounts.sign_in("ana@example.org", "battery staple").access_token) == ana.owner
    with pytest.raises(SignInRefusedError):
        accounts.sign_in("ana@example.org", PASSWORD)


def test_managing_an_account_that_is_not_there_says_so(accounts):
    with pytest.raises(AccountNotFoundError, match="'bob'"):
        accounts.remove("bob")
    with pytest.raises(AccountNotFoundError, match="'bob'"):
        accounts.set_password("bob", PASSWORD)


def test_a_token_expires_after_an_hour(accounts, ana, clock):
    token = accounts.sign_in("ana@example.org", PASSWORD).access_token

    clock.advance(timedelta(seconds=3599))
    assert accounts.owner_of(token) == ana.owner

    clock.advance(timedelta(seconds=1))
    assert accounts.owner_of(token) is None


def test_only_the_access_token_opens_anything(accounts, ana):
    signed_in = accounts.sign_in("ana@example.org", PASSWORD)

    assert accounts.owner_of(signed_in.id_token) is None
    assert accounts.owner_of(signed_in.refresh_token) is None


def test_a_forged_token_is_worth_nothing(accounts, ana, forge):
    assert accounts.owner_of(forge()) == ana.owner

    header, claims, signature = forge().split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    for token in (
        forge(key=b"x" * 32),
        forge(key=KEY * 2, algorithm="HS512"),
        forge(key="", algorithm="none"),
        f"{unsigned}.{claims}.",
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[::-1]}",
        f"{header}.{forge(sub='bob').split('.')[1]}.{signature}",
    ):
        assert accounts.owner_of(token) is None


def test_a_token_of_somebody_who_never_was_is_worth_nothing(accounts, forge):
    assert accounts.owner_of(forge(sub="bob")) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "Bearer", "\x00", "\ud800", "é.é.é", "x" * 100_000, "W1tb" * 125 + ".e30.eA"]
)
def test_what_is_no_token_is_worth_nothing_and_breaks_nothing(accounts, ana, token):
    assert accounts.owner_of(token) is None


def test_passwords_are_kept_as_argon2id_of_the_strength_that_rfc_9106_recommends(database, clock):
    accounts = SqliteAccounts(database, KEY, clock)
    accounts.add("ana", PASSWORD)

    assert hash_of(database).startswith("$argon2id$v=19$m=65536,t=3,")
    assert PASSWORD not in hash_of(database)
    assert not PASSWORD_HASHER.check_needs_rehash(hash_of(database))


def test_a_hash_of_outdated_strength_is_renewed_at_the_next_sign_in(database, accounts, ana, clock):
    stronger = SqliteAccounts(database, KEY, clock, hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    before = accounts.sign_in("ana@example.org", PASSWORD).access_token

    stronger.sign_in("ana@example.org", PASSWORD)

    assert "m=16,t=2" in hash_of(database)
    assert stronger.sign_in("ana@example.org", PASSWORD)
    assert stronger.owner_of(before) == ana.owner
