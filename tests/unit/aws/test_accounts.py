"""Sign-in at Cognito. moto's passwords and challenges are like Cognito's; its token life is not (field notes)."""

import jwt
import pytest

from veil.adapters.aws.accounts import CognitoAccounts, TooManySignInsError
from veil.domain.errors import SignInRefusedError

PASSWORD = "Correct-Horse-7"
REFUSAL = "Incorrect username or password."


@pytest.fixture
def accounts(clients, user_pool, app_client):
    return CognitoAccounts(clients, user_pool, app_client)


@pytest.fixture
def add_user(clients, user_pool):
    def add(username, *, permanent=True):
        clients.cognito.admin_create_user(UserPoolId=user_pool, Username=username, TemporaryPassword=PASSWORD)
        if permanent:
            clients.cognito.admin_set_user_password(
                UserPoolId=user_pool, Username=username, Password=PASSWORD, Permanent=True
            )

    return add


def test_the_right_password_gets_tokens_that_the_api_accepts(accounts, add_user):
    add_user("ana")

    signed_in = accounts.sign_in("ana", PASSWORD)

    access = jwt.decode(signed_in.access_token, options={"verify_signature": False})
    assert access["token_use"] == "access"
    assert "aws.cognito.signin.user.admin" in access["scope"].split()
    assert jwt.decode(signed_in.id_token, options={"verify_signature": False})["token_use"] == "id"
    assert signed_in.refresh_token
    assert signed_in.expires_seconds == 3600


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("ana", "wrong"),
        ("nobody", PASSWORD),
        ("ana ", PASSWORD),
        ("a\nna", PASSWORD),
        ("", PASSWORD),
        ("a" * 129, PASSWORD),
        ("ana", "p" * 257),
        ("ana", ""),
    ],
)
def test_all_that_can_be_wrong_looks_the_same(accounts, add_user, username, password):
    add_user("ana")

    with pytest.raises(SignInRefusedError) as refused:
        accounts.sign_in(username, password)

    assert str(refused.value) == REFUSAL


def test_an_account_that_must_choose_a_password_first_is_refused(accounts, add_user):
    add_user("new", permanent=False)

    with pytest.raises(SignInRefusedError, match=REFUSAL):
        accounts.sign_in("new", PASSWORD)


@pytest.mark.parametrize(
    "code",
    ["PasswordResetRequiredException", "UserNotConfirmedException", "UserNotFoundException", "NotAuthorizedException"],
)
def test_every_refusal_of_cognito_looks_the_same_and_names_no_cause(accounts, clients, answer_instead, code):
    answer_instead(clients.cognito, "AdminInitiateAuth", {"Error": {"Code": code}}, times=1)

    with pytest.raises(SignInRefusedError, match=REFUSAL) as refused:
        accounts.sign_in("ana", PASSWORD)

    assert refused.value.__suppress_context__


def test_being_slowed_down_is_no_refusal(accounts, clients, answer_instead):
    answer_instead(clients.cognito, "AdminInitiateAuth", {"Error": {"Code": "TooManyRequestsException"}}, times=1)

    with pytest.raises(TooManySignInsError):
        accounts.sign_in("ana", PASSWORD)
