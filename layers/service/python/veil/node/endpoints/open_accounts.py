"""A node without sign-in: everybody who reaches it is the one local owner."""

from veil.adapters.sqlite.tokens import TOKEN_LIFE_SECONDS
from veil.ports.accounts import SignedIn

LOCAL_OWNER = "local"
_TOKEN = "no-sign-in-needed"  # noqa: S105  # opens nothing that is not open


class OpenAccounts:
    """Stands where accounts stand. Clients that sign in all the same are let in."""

    def sign_in(self, username: str, password: str) -> SignedIn:  # noqa: ARG002  # whoever it is
        """Return tokens that say nothing."""
        return SignedIn(_TOKEN, _TOKEN, _TOKEN, TOKEN_LIFE_SECONDS)

    def owner_of(self, token: str) -> str:  # noqa: ARG002  # whatever it says
        """Return the one owner there is."""
        return LOCAL_OWNER
