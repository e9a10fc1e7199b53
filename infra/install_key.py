"""What the owners' webhook secrets are derived from."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class InstallKey(secretsmanager.Secret):
    """64 random characters that AWS makes up, so that nobody has ever seen them."""

    def __init__(self, scope: Construct, id_: str, *, keep_data: bool) -> None:
        super().__init__(
            scope,
            id_,
            description="What the owners' webhook secrets are derived from",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep_data else RemovalPolicy.DESTROY,
        )
