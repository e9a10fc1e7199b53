"""`veil keys` at the terminal."""

from uuid import UUID

import pytest


def test_a_key_is_added_shown_once_listed_credited_and_disabled(veil):
    added = veil("keys", "add", "demo", "--credits", 100, "--data", "d")
    credited = veil("keys", "credit", "demo", 50, "--data", "d")
    listed = veil("keys", "list", "--data", "d")
    disabled = veil("keys", "disable", "demo", "--data", "d")

    secret = added.out.strip()
    assert (added.code, str(UUID(secret))) == (0, secret)
    assert credited.out == "API key demo has 150 credits.\n"
    assert "demo" in listed.out
    assert "150" in listed.out
    assert secret not in listed.out
    assert disabled.out == "API key demo is disabled.\n"
    assert "disabled" in veil("keys", "list", "--data", "d").out


def test_whoever_forgets_the_services_folder_hears_that_another_one_is_made(veil):
    first, second = veil("keys", "add", "demo"), veil("keys", "add", "other")

    assert first.err.startswith("This makes the data folder .veil.")
    assert str(UUID(first.out.strip())) == first.out.strip()
    assert second.err == ""


def test_a_key_may_speak_for_an_account(veil):
    veil("users", "add", "ana", "--password-stdin", "--data", "d", stdin="correct horse battery\n")

    assert veil("keys", "add", "demo", "--user", "Ana", "--scope", "jobs:read", "--data", "d").code == 0
    owner = veil("users", "list", "--data", "d").out.split("ana")[1].split()[1][:8]
    assert owner in veil("keys", "list", "--data", "d").out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["add", "demo"], "There is an API key 'demo' already."),
        (["add", "other", "--user", "nobody"], "There is no account 'nobody'."),
        (["disable", "nobody"], "There is no API key 'nobody'."),
        (["credit", "nobody", 1], "There is no API key 'nobody'."),
        (["credit", "demo", "--", -1], "fewer credits than the 1"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, error, veil):
    veil("keys", "add", "demo", "--data", "d")

    answer = veil("keys", arguments[0], "--data", "d", *arguments[1:])

    assert (answer.code, answer.out) == (2, "")
    assert error in answer.err
