"""Who may sign in."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a caller gets for the right password. Tokens are secrets: never log them."""

    access_token: str
    id_token: str
    refresh_token: str
    expires_seconds: int


class Accounts(Protocol):
    """Knows who may sign in."""

    def sign_in(self, username: str, password: str) -> SignedIn:
        """Return tokens for the account.

        Raises:
            SignInRefusedError: There is no such account, or the password is wrong; both look the same.
        """
