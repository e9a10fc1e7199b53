"""What all accounts promise. Each shape has one account, `ana`."""

import pytest

from veil.domain.errors import SignInRefusedError

REFUSAL = r"\AIncorrect username or password\.\Z"


def test_the_right_password_gets_three_different_tokens(accounts, password):
    signed_in = accounts.sign_in("ana", password)

    tokens = {signed_in.access_token, signed_in.id_token, signed_in.refresh_token}
    assert len(tokens - {""}) == 3
    assert signed_in.expires_seconds == 3600


def test_somebody_may_sign_in_twice(accounts, password):
    accounts.sign_in("ana", password)

    assert accounts.sign_in("ana", password).access_token


@pytest.mark.parametrize("username", ["nobody", "ana ", "", "a\nna", "ana\0", "\ud800", "a" * 3000])
def test_a_name_that_nobody_has_is_refused(accounts, password, username):
    with pytest.raises(SignInRefusedError, match=REFUSAL):
        accounts.sign_in(username, password)


@pytest.mark.parametrize("wrong", ["wrong", "", "\0", "\ud800", "p" * 3000])
def test_a_wrong_password_is_refused_in_the_same_words(accounts, wrong):
    with pytest.raises(SignInRefusedError, match=REFUSAL):
        accounts.sign_in("ana", wrong)
