"""AWS clients, each made when it is first needed."""

from collections.abc import Mapping
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from veil.adapters.aws.url_signer import SPARE, UrlSigner
from veil.domain.media import DOWNLOAD_URL_LIFE, UPLOAD_URL_LIFE

if TYPE_CHECKING:
    from botocore.credentials import RefreshableCredentials
    from botocore.loaders import Loader
    from types_boto3_batch import BatchClient
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient

# A query string signed the old way (SigV2) opens no bucket that is encrypted by KMS. The name of the
# region in the host spares callers of new buckets a redirect that not every client follows on PUT.
_S3: Mapping[str, Any] = {
    "signature_version": "s3v4",
    "s3": {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
}


class AwsClients:
    """The clients of one process, for all of its threads.

    Loading the SDK takes some 200 ms of a cold start and every client more, so nothing is loaded before
    a client is asked for. Credentials come from where the SDK looks for them.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self._made: dict[str, Any] = {}
        self._signing: dict[UrlSigner, S3Client] = {}
        self._lock = RLock()

    @property
    def batch(self) -> "BatchClient":
        """The client of AWS Batch."""
        client: BatchClient = self._client("batch")
        return client

    @property
    def cloudformation(self) -> Any:
        """The client of CloudFormation, of which only one call is used: its types are not worth their install."""
        return self._client("cloudformation")

    @property
    def cloudwatch(self) -> Any:
        """The client of CloudWatch, untyped as CloudFormation's."""
        return self._client("cloudwatch")

    @property
    def cognito(self) -> "CognitoIdentityProviderClient":
        """The client of Cognito user pools."""
        client: CognitoIdentityProviderClient = self._client("cognito-idp")
        return client

    @property
    def cognito_identity(self) -> Any:
        """The client of Cognito identity pools, of which only one call is used."""
        return self._client("cognito-identity")

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """The client of DynamoDB."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @property
    def events(self) -> "EventBridgeClient":
        """The client of EventBridge."""
        client: EventBridgeClient = self._client("events")
        return client

    @property
    def s3(self) -> "S3Client":
        """The client of S3; every URL it signs is signed by SigV4."""
        client: S3Client = self._client("s3", **_S3)
        return client

    @property
    def service_quotas(self) -> Any:
        """The client of Service Quotas, untyped as CloudFormation's."""
        return self._client("service-quotas")

    @property
    def sns(self) -> Any:
        """The client of SNS, untyped as CloudFormation's."""
        return self._client("sns")

    def s3_of(self, signer: UrlSigner) -> "S3Client":
        """Return a client of S3 with a session of the signer, renewed before less is left of it than a URL may last."""
        with self._lock:
            if signer not in self._signing:
                self._signing[signer] = _make_client("s3", self._region, _S3, _lasting(signer, self))
            return self._signing[signer]

    @property
    def sts(self) -> Any:
        """The client of STS, of which only one call is used."""
        return self._client("sts")

    @property
    def sqs(self) -> "SQSClient":
        """The client of SQS."""
        client: SQSClient = self._client("sqs")
        return client

    def _client(self, service: str, **settings: Any) -> Any:
        with self._lock:
            if service not in self._made:
                self._made[service] = _make_client(service, self._region, settings)
            return self._made[service]


def _make_client(
    service: Any, region: str, settings: Mapping[str, Any], credentials: "RefreshableCredentials | None" = None
) -> Any:
    import boto3
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        # Longer than a long poll of SQS, shorter than waiting for a connection that died.
        read_timeout=30,
        connect_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 5},
        user_agent_extra="veil",
        **settings,
    )
    # A session of its own: the default one is shared by whoever else uses boto3, and is not thread-safe.
    session = get_session()
    session.register_component("data_loader", _descriptions())
    if credentials is not None:
        # The SDK's own way to credentials that renew themselves has no public name.
        session._credentials = credentials  # type: ignore[attr-defined]  # stubs lack it too
    return boto3.Session(botocore_session=session, region_name=region).client(service, config=config)


@cache
def _descriptions() -> "Loader":
    """Return what reads the SDK's descriptions of services and regions: megabytes, which a session reads for itself."""
    from botocore.loaders import create_loader

    return create_loader()


def _lasting(signer: UrlSigner, clients: AwsClients) -> "RefreshableCredentials":
    from botocore.credentials import RefreshableCredentials

    least_seconds = int((max(UPLOAD_URL_LIFE, DOWNLOAD_URL_LIFE) + SPARE).total_seconds())
    return RefreshableCredentials.create_from_metadata(
        metadata=signer.new_session(clients),
        refresh_using=lambda: signer.new_session(clients),
        method="veil-url-signer",
        advisory_timeout=least_seconds,
        mandatory_timeout=least_seconds,
    )
