"""Where pictures lie: one private, encrypted bucket that tells EventBridge what landed in it."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

# Until a task that is over loses its files by the event of its expiry, DynamoDB may take two more days.
LATE_DAYS = 3
# A file that was put over an accepted one is deleted by its event, and the accepted one is the newest again.
# Where that fails, this long remains to mend it before the accepted one goes.
SUPERSEDED = Duration.days(3)
# veil.adapters.aws.upload_sessions puts blocks there; tests/infra compares the two.
BLOCKS_PREFIX = "upload_sessions/"
BLOCKS_LIVE = Duration.days(8)


class Storage(Construct):
    """The bucket and its key. Nothing in it is public, and nothing travels without TLS."""

    def __init__(
        self, scope: Construct, id_: str, *, keep_data: bool, retention_days: int, cors_origins: tuple[str, ...]
    ) -> None:
        super().__init__(scope, id_)
        removal = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if keep_data else RemovalPolicy.DESTROY
        self.key = kms.Key(self, "Key", description="Veil's pictures", enable_key_rotation=True, removal_policy=removal)
        self.bucket = s3.Bucket(
            self,
            "Media",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            # A task is worked on as it was accepted, whatever is put under the same URL afterwards.
            versioned=True,
            lifecycle_rules=_forget_after(retention_days + LATE_DAYS),
            cors=[_browser_access(cors_origins)],
            removal_policy=removal,
            auto_delete_objects=not keep_data,
        )
        _tell_event_bridge(self.bucket)


def _forget_after(days: int) -> list[s3.LifecycleRule]:
    """Return the safety net below the deletion by events: no file, in no version, outlives its task for long."""
    return [
        s3.LifecycleRule(
            expiration=Duration.days(days),
            noncurrent_version_expiration=SUPERSEDED,
            abort_incomplete_multipart_upload_after=Duration.days(1),
        ),
        # Blocks that no job took: their URL was good for a week.
        s3.LifecycleRule(prefix=BLOCKS_PREFIX, expiration=BLOCKS_LIVE, noncurrent_version_expiration=Duration.days(1)),
        # What expires leaves a marker, which S3 removes only by a rule of its own.
        s3.LifecycleRule(expired_object_delete_marker=True),
    ]


def _browser_access(origins: tuple[str, ...]) -> s3.CorsRule:
    return s3.CorsRule(
        allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.PUT],
        allowed_origins=list(origins),
        allowed_headers=["content-type"],
        # By which whoever uploads in parts names them.
        exposed_headers=["ETag"],
        max_age=3600,
    )


def _tell_event_bridge(bucket: s3.Bucket) -> None:
    """Switch the bucket's events on by its own property.

    CDK's `event_bridge_enabled` does it by a custom resource with a function and a role of its own.
    """
    bare = bucket.node.default_child
    if not isinstance(bare, s3.CfnBucket):
        raise TypeError("a bucket's default child is its CloudFormation resource")
    bare.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
