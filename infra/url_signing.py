"""Who signs the URLs of uploads and downloads, so that each lives as long as it says (docs/decisions/0031)."""

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import rights
from infra.storage import Storage

FEDERATION = "cognito-identity.amazonaws.com"
# veil.adapters.aws.url_signer asks for as much; tests/infra compares the two.
SESSION = Duration.hours(12)


class UrlSigning(Construct):
    """An identity pool that takes our functions' word and nobody else's, and the role of whoever it vouches for."""

    def __init__(self, scope: Construct, id_: str, *, storage: Storage) -> None:
        super().__init__(scope, id_)
        self.login = f"{Stack.of(self).stack_name}-urls"
        self._pool = cognito.CfnIdentityPool(
            self,
            "Pool",
            allow_unauthenticated_identities=False,
            # Tokens are changed for credentials by STS itself: through the pool they would last an hour.
            allow_classic_flow=True,
            developer_provider_name=self.login,
        )
        self.role = iam.Role(self, "Role", assumed_by=self._federated_functions(), max_session_duration=SESSION)
        rights.read_media(self.role, storage)
        rights.write_media(self.role, storage, rights.ORIGINAL)

    def grant_signing(self, function: lambda_.Function) -> None:
        """Let the function sign URLs, and tell it how."""
        arn = Stack.of(self).format_arn(
            service="cognito-identity",
            resource="identitypool",
            resource_name=self._pool.ref,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        rights.allow(function, ("cognito-identity:GetOpenIdTokenForDeveloperIdentity",), [arn])
        function.add_environment("VEIL_URL_SIGNER", f"{self._pool.ref},{self.login},{self.role.role_arn}")
        function.node.add_dependency(self.role)

    def _federated_functions(self) -> iam.WebIdentityPrincipal:
        conditions = {
            "StringEquals": {f"{FEDERATION}:aud": self._pool.ref},
            "ForAnyValue:StringLike": {f"{FEDERATION}:amr": "authenticated"},
        }
        return iam.WebIdentityPrincipal(FEDERATION, conditions)
