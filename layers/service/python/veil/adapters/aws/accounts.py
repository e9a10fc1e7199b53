"""Accounts in a Cognito user pool."""

import unicodedata
from typing import TYPE_CHECKING

from veil.adapters.aws.clients import AwsClients
from veil.domain.errors import SignInRefusedError, VeilError
from veil.ports.accounts import SignedIn

if TYPE_CHECKING:
    from types_boto3_cognito_idp.type_defs import AdminInitiateAuthResponseTypeDef

# What Cognito takes; it answers anything else as it answers a mistake of ours.
MAX_USERNAME_LENGTH = 128
MAX_PASSWORD_LENGTH = 256


class TooManySignInsError(VeilError):
    """Cognito takes no more attempts right now; later it will."""


class CognitoAccounts:
    """Accounts of a user pool, signed in by its app client, which allows the flow ADMIN_USER_PASSWORD_AUTH.

    That flow needs the right to it. The flow without, USER_PASSWORD_AUTH, would be open to whoever knows the app
    client's id, which stands in every token: past the firewall, and past whatever else is before this service.
    """

    def __init__(self, clients: AwsClients, user_pool: str, app_client: str) -> None:
        self._clients = clients
        self._user_pool = user_pool
        self._app_client = app_client

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Return tokens for the account.

        Raises:
            SignInRefusedError: There is no such account, the password is wrong, or the account has to do
                something first that this API has no words for; all look the same.
            TooManySignInsError: The caller should come back later.
        """
        if not can_exist(username, password):
            raise _refused()
        result = self._initiate(username, password).get("AuthenticationResult")
        if not result:
            # A challenge: a new password, a second factor. No vendor's API has an answer for one.
            raise _refused()
        return SignedIn(
            access_token=result["AccessToken"],
            id_token=result["IdToken"],
            refresh_token=result["RefreshToken"],
            expires_seconds=result["ExpiresIn"],
        )

    def _initiate(self, username: str, password: str) -> "AdminInitiateAuthResponseTypeDef":
        client = self._clients.cognito
        known = client.exceptions
        try:
            return client.admin_initiate_auth(
                UserPoolId=self._user_pool,
                ClientId=self._app_client,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": username, "PASSWORD": password},
            )
        except (
            known.NotAuthorizedException,
            known.UserNotFoundException,
            known.UserNotConfirmedException,
            known.PasswordResetRequiredException,
        ):
            # Without its cause: a log must not tell which of the reasons it was.
            raise _refused() from None
        except known.TooManyRequestsException as error:
            raise TooManySignInsError("Too many attempts.") from error


def can_exist(username: str, password: str) -> bool:
    """Return whether Cognito takes a name and a password like these at all; the pool's policy asks for more."""
    printable = not any(unicodedata.category(each)[0] in "CZ" for each in username)
    return printable and 1 <= len(username) <= MAX_USERNAME_LENGTH and 1 <= len(password) <= MAX_PASSWORD_LENGTH


def _refused() -> SignInRefusedError:
    return SignInRefusedError("Incorrect username or password.")
