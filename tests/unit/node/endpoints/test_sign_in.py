"""Guessing passwords is slowed down for the address that guesses, and for nobody else."""

import json
import tracemalloc

import pytest

from veil.domain.errors import SignInRefusedError
from veil.http.errors import HttpError, error_response
from veil.http.request import Request
from veil.node.endpoints.sign_in import LimitedSignIn
from veil.node.endpoints.sign_in_limit import SignInLimit
from veil.node.metrics import Backlog, NodeMetrics
from veil.ports.accounts import SignedIn


class OneAccount:
    """Knows one account."""

    def sign_in(self, username, password):
        if (username, password) != ("ana", "right"):
            raise SignInRefusedError("no")
        return SignedIn("access", "identity", "refresh", 3600)


class Seconds:
    """A clock that moves only when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def limit(seconds):
    return SignInLimit(seconds=seconds)


@pytest.fixture
def call(limit):
    """Sends a body from an address."""
    endpoint = LimitedSignIn(OneAccount(), NodeMetrics(lambda: Backlog({}, 0, {}, 0)), limit)

    def call(body, address="203.0.113.1"):
        try:
            return endpoint(Request(method="POST", path="/v2/signin", body=body, client=address))
        except HttpError as refused:
            return error_response(refused)

    return call


@pytest.fixture
def sign_in(call):
    def attempt(username, password, *, address="203.0.113.1"):
        return call(json.dumps({"username": username, "password": password}).encode(), address).status

    return attempt


def test_the_right_password_always_works(sign_in):
    assert {sign_in("ana", "right") for _ in range(100)} == {200}


def test_an_address_that_guessed_at_many_accounts_has_to_wait(sign_in):
    answers = [sign_in(f"user-{number}", "wrong") for number in range(22)]

    assert answers == [401] * 20 + [429] * 2
    assert sign_in("ana", "right") == 429
    assert sign_in("ana", "right", address="203.0.113.2") == 200


def test_an_address_that_guesses_at_an_account_has_to_wait_longer_every_time(call, seconds):
    pauses = []
    for _ in range(14):
        while (answer := call(b'{"username": "ana", "password": "wrong"}')).status == 429:
            pauses.append(int(answer.headers["Retry-After"]))
            seconds.now += pauses[-1]

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert call(b'{"username": "ben", "password": "wrong"}').status == 401


def test_guesses_from_everywhere_do_not_lock_the_owner_out(sign_in):
    for number in range(200):
        sign_in("ana", "wrong", address=f"203.0.113.{number}")

    assert sign_in("ana", "right", address="198.51.100.1") == 200


def test_spellings_of_one_name_are_one_account(sign_in):
    spellings = ("ana", "Ana", "\N{FULLWIDTH LATIN SMALL LETTER A}na")

    assert [sign_in(spellings[number % 3], "wrong") for number in range(6)] == [401] * 5 + [429]


def test_the_right_password_ends_the_count_of_its_account(sign_in):
    for _ in range(3):
        assert [sign_in("ana", "wrong") for _ in range(4)] == [401] * 4
        assert sign_in("ana", "right") == 200


def test_all_addresses_of_an_ipv6_network_are_one(sign_in):
    answers = [sign_in("ana", "wrong", address=f"2001:db8::{number}") for number in range(1, 7)]

    assert answers == [401] * 5 + [429]
    assert sign_in("ana", "right", address="2001:db8:0:1::1") == 200


def test_an_hour_without_a_guess_makes_everything_good_again(sign_in, seconds):
    for _ in range(6):
        sign_in("ana", "wrong")

    seconds.now += 3601

    assert [sign_in("ana", "wrong") for _ in range(6)] == [401] * 5 + [429]


def test_what_is_remembered_of_refused_names_has_a_bound(limit, monkeypatch):
    monkeypatch.setattr("veil.node.endpoints.sign_in_limit.MOST_REMEMBERED", 10)

    tracemalloc.start()
    for number in range(200):
        limit.refused(f"203.0.113.{number}", "x" * 60_000 + str(number))
    remembered, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert remembered < 60_000


@pytest.mark.parametrize("body", [b"", b"[]", b"[" * 60_000, b'{"username": 7}', b"\xff"])
def test_what_is_no_sign_in_is_refused_and_does_not_count_as_a_guess(call, body):
    assert {call(body).status for _ in range(30)} == {400}
