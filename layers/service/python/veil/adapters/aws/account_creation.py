"""Accounts in a Cognito user pool in the hands of an operator: new ones, and whose tasks are whose."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from veil.adapters.aws.accounts import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH, can_exist
from veil.domain.errors import VeilError

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient


class AccountRefusedError(VeilError):
    """There is such an account already, or its name or password is not to be had."""


def add_account(cognito: "CognitoIdentityProviderClient", pool: str, username: str, password: str) -> None:
    """Create an account that may sign in at once, and tell nobody by e-mail.

    Raises:
        AccountRefusedError: The account exists, or its name or password is refused; then there is no new account.
    """
    # Cognito's own words for such a password might repeat it.
    if not can_exist(username, password) or any(each.isspace() for each in password):
        raise AccountRefusedError(
            f"A user name has 1 to {MAX_USERNAME_LENGTH} visible characters, a password up to {MAX_PASSWORD_LENGTH}; "
            "neither has spaces."
        )
    with _refusals_told(cognito, username):
        # Given here already, the password is judged before there is an account.
        cognito.admin_create_user(
            UserPoolId=pool, Username=username, TemporaryPassword=password, MessageAction="SUPPRESS"
        )
        try:
            cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=password, Permanent=True)
        except BaseException:
            # It could not sign in, and could not be added again.
            cognito.admin_delete_user(UserPoolId=pool, Username=username)
            raise


def owner_named(cognito: "CognitoIdentityProviderClient", pool: str, username: str) -> str | None:
    """Return the owner of the account's tasks, or None where there is no such account."""
    try:
        found = cognito.admin_get_user(UserPoolId=pool, Username=username)
    except cognito.exceptions.UserNotFoundException:
        return None
    return next(each["Value"] for each in found["UserAttributes"] if each["Name"] == "sub")


@contextmanager
def _refusals_told(cognito: "CognitoIdentityProviderClient", username: str) -> Iterator[None]:
    known = cognito.exceptions
    try:
        yield
    except known.UsernameExistsException:
        raise AccountRefusedError(f"There is a user {username!r} already.") from None
    except (known.InvalidPasswordException, known.InvalidParameterException) as error:
        raise AccountRefusedError(error.response["Error"]["Message"]) from None
