"""Guessing passwords is slowed down by address and by account, and nothing else is."""

import json

import pytest

from veil.domain.errors import SignInRefusedError
from veil.node.endpoints.sign_in import SignInDoor
from veil.node.metrics import Backlog, NodeMetrics
from veil.ports.accounts import SignedIn


class OneAccount:
    """Knows one account."""

    def sign_in(self, username, password):
        if (username, password) != ("ana", "right"):
            raise SignInRefusedError("no")
        return SignedIn("access", "identity", "refresh", 3600)


@pytest.fixture
def sign_in():
    door = SignInDoor(OneAccount(), NodeMetrics(lambda: Backlog({}, 0, {}, 0)))

    def attempt(username, password, *, address="203.0.113.1"):
        return door.answer(json.dumps({"username": username, "password": password}), address).status

    return attempt


def test_the_right_password_always_works(sign_in):
    assert {sign_in("ana", "right") for _ in range(100)} == {200}


def test_an_address_that_guessed_twenty_times_has_to_wait(sign_in):
    answers = [sign_in(f"user-{number}", "wrong") for number in range(22)]

    assert answers == [401] * 20 + [429] * 2
    assert sign_in("ana", "right") == 429
    assert sign_in("ana", "right", address="203.0.113.2") == 200


def test_an_account_that_is_guessed_at_from_everywhere_has_to_wait(sign_in):
    spellings = ("ana", "Ana", "\N{FULLWIDTH LATIN SMALL LETTER A}na")
    answers = [sign_in(spellings[number % 3], "wrong", address=f"203.0.113.{number}") for number in range(61)]

    assert answers == [401] * 60 + [429]
    assert sign_in("ana", "right", address="198.51.100.1") == 429
    assert sign_in("ben", "wrong", address="198.51.100.1") == 401


@pytest.mark.parametrize("body", ["", "[]", "[" * 60_000, '{"username": 7}', "\udcff"])
def test_what_is_no_sign_in_is_refused_and_does_not_count_as_a_guess(body):
    door = SignInDoor(OneAccount(), NodeMetrics(lambda: Backlog({}, 0, {}, 0)))

    assert {door.answer(body, "203.0.113.1").status for _ in range(30)} == {400}
