"""Who may call the API."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

TOKEN_LIFE = Duration.seconds(3600)


class Identity(Construct):
    """A user pool, and the one client by which the API signs users in with a password."""

    def __init__(
        self, scope: Construct, id_: str, *, keep_data: bool, deletion_protection: bool, self_sign_up: bool
    ) -> None:
        super().__init__(scope, id_)
        self.users = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=self_sign_up,
            # A name may look like an e-mail address only in a pool without aliases, and no pool ever changes its mind
            # (docs/decisions/0029).
            sign_in_aliases=cognito.SignInAliases(username=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            sign_in_case_sensitive=False,
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(7),
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.LITE,
            deletion_protection=deletion_protection,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep_data else RemovalPolicy.DESTROY,
        )
        self.client = self.users.add_client(
            "Client",
            # Only who has the right signs users in: the function behind the API. `user_password` would be a second
            # door for everybody, past the firewall.
            auth_flows=cognito.AuthFlow(admin_user_password=True),
            generate_secret=False,
            prevent_user_existence_errors=True,
            disable_o_auth=True,
            access_token_validity=TOKEN_LIFE,
            id_token_validity=TOKEN_LIFE,
            refresh_token_validity=Duration.days(1),
            enable_token_revocation=True,
        )
