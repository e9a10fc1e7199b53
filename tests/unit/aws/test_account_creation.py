"""An operator's new account signs in at once, or there is none."""

import pytest

from veil.adapters.aws.account_creation import AccountRefusedError, add_account
from veil.adapters.aws.accounts import CognitoAccounts

PASSWORD = "Correct-Horse-7"


@pytest.fixture
def add(clients, user_pool):
    return lambda name, password=PASSWORD: add_account(clients.cognito, user_pool, name, password)


@pytest.fixture
def names(clients, user_pool):
    return lambda: [each["Username"] for each in clients.cognito.list_users(UserPoolId=user_pool)["Users"]]


@pytest.mark.parametrize("name", ["ana", "ana@example.com"])
def test_a_new_account_signs_in_with_its_password(add, clients, user_pool, app_client, name):
    add(name)

    assert CognitoAccounts(clients, user_pool, app_client).sign_in(name, PASSWORD).access_token


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", "short"), ("ana", ""), ("ana", f"{PASSWORD} "), ("", PASSWORD), ("an a", PASSWORD), ("a" * 129, PASSWORD)],
)
def test_what_is_refused_leaves_no_account_and_tells_no_password(add, names, name, password):
    with pytest.raises(AccountRefusedError) as refused:
        add(name, password)

    assert not password or password not in str(refused.value)
    assert names() == []


def test_an_account_that_exists_keeps_its_password(add, clients, user_pool, app_client):
    add("ana")

    with pytest.raises(AccountRefusedError, match="There is a user 'ana' already"):
        add("ana", "Another-Password-8")

    assert CognitoAccounts(clients, user_pool, app_client).sign_in("ana", PASSWORD).access_token


def test_an_account_that_could_not_be_finished_is_taken_back(add, clients, names, answer_instead):
    refusal = {"Error": {"Code": "NotAuthorizedException", "Message": "no"}}
    answer_instead(clients.cognito, "AdminSetUserPassword", refusal, times=1)

    with pytest.raises(clients.cognito.exceptions.NotAuthorizedException):
        add("ana")

    assert names() == []
