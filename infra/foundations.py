"""What the parts of the stack stand on: what is kept, what happens to it, and how functions are made and told of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import DeployConfig
from infra.functions import Functions
from infra.identity import Identity
from infra.install_key import InstallKey
from infra.log_days import retention
from infra.queues import DeadLetters
from infra.storage import Storage
from infra.task_events import TaskEvents
from infra.task_table import TaskTable
from infra.url_signing import UrlSigning


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundations:
    """What every part may use.

    Attributes:
        lost: Events that reached nobody.
        new: Makes functions.
        stores: What a function's environment says of table and bucket.
        origins: What an environment says of who may call from a browser.
        classes: What it says of what can be hidden.
    """

    config: DeployConfig
    log_days: logs.RetentionDays
    storage: Storage
    urls: UrlSigning
    table: dynamodb.Table
    identity: Identity
    secret: InstallKey
    lost: sqs.IQueue
    events: TaskEvents
    new: Functions
    stores: Mapping[str, str]
    origins: Mapping[str, str]
    classes: Mapping[str, str]


def foundations(scope: Construct, config: DeployConfig) -> Foundations:
    """Create them, each by its own name in the scope."""
    storage = Storage(
        scope,
        "Storage",
        keep_data=config.keep_data,
        retention_days=config.retention_days,
        cors_origins=config.cors_origins,
    )
    kept = {"keep_data": config.keep_data, "deletion_protection": config.deletion_protection}
    log_days = retention(config.log_days)
    urls, table = UrlSigning(scope, "UrlSigning", storage=storage), TaskTable(scope, "TaskTable", **kept).table
    identity = Identity(scope, "Identity", self_sign_up=config.self_sign_up, **kept)
    secret = InstallKey(scope, "InstallKey", keep_data=config.keep_data)
    lost = DeadLetters(scope, "LostEvents").queue
    return Foundations(
        config=config,
        log_days=log_days,
        storage=storage,
        urls=urls,
        table=table,
        identity=identity,
        secret=secret,
        lost=lost,
        events=TaskEvents(scope, "TaskEvents", table=table, lost=lost),
        new=Functions(scope, "Functions", config=config, log_days=log_days, lost=lost),
        stores={
            "VEIL_TABLE": table.table_name,
            "VEIL_BUCKET": storage.bucket.bucket_name,
            "VEIL_RETENTION_DAYS": str(config.retention_days),
        },
        origins={"VEIL_CORS_ORIGINS": ",".join(config.cors_origins)},
        classes={"VEIL_CLASSES": ",".join(config.classes)},
    )
