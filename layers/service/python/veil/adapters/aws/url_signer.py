"""Credentials that outlive every URL they sign (docs/decisions/0031).

A URL dies with the credentials that signed it. Those of a function last nobody knows how long, and a role that
assumes a role gets an hour at most. Whoever shows a web identity gets twelve, and a function may have an identity pool
vouch for it: no key is stored anywhere.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from veil.adapters.aws.clients import AwsClients

SESSION = timedelta(hours=12)
"""The longest that STS gives, and the template lets the role be assumed for."""
SPARE = timedelta(minutes=5)
_USER = "urls"


@dataclass(frozen=True, slots=True)
class UrlSigner:
    """Who signs URLs.

    Attributes:
        pool: The identity pool's id.
        login: The name under which the pool takes our word for who somebody is.
        role: The ARN of the role that may do what the URLs are for.
    """

    pool: str
    login: str
    role: str

    @classmethod
    def told(cls, setting: tuple[str, ...]) -> Self:
        """Return the signer that a setting names: pool, login and role."""
        pool, login, role = setting
        return cls(pool, login, role)

    def new_session(self, clients: "AwsClients") -> dict[str, Any]:
        """Return credentials for a session that begins now, in botocore's words."""
        identity = clients.cognito_identity.get_open_id_token_for_developer_identity(
            IdentityPoolId=self.pool, Logins={self.login: _USER}
        )
        given = clients.sts.assume_role_with_web_identity(
            RoleArn=self.role,
            RoleSessionName=_USER,
            WebIdentityToken=identity["Token"],
            DurationSeconds=int(SESSION.total_seconds()),
        )["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }
