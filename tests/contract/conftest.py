"""Every adapter of every port: the suites beside this file run over all of them.

A new adapter joins by one line in the dict of its port. AWS is moto, in this process: what moto does
not do as AWS does (it checks no signature and no expiry of a URL) is not asked here.
"""

# ruff: noqa: F811  # fixtures take other fixtures by name

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from argon2 import PasswordHasher
from botocore.config import Config

from tests.aws_emulator import (  # noqa: F401  # pytest finds fixtures by name
    REGION,
    app_client,
    bucket,
    clients,
    session_clients,
    table,
    user_pool,
)
from tests.memory_adapters import MemoryClock, MemoryDeliveryStore, MemoryTaskStore
from tests.memory_media import MemoryMediaStore, MemoryPartUploads
from veil.adapters.aws.accounts import CognitoAccounts
from veil.adapters.aws.api_keys import DynamoApiKeys
from veil.adapters.aws.credits import DynamoLedger
from veil.adapters.aws.deliveries import DynamoDeliveryStore
from veil.adapters.aws.event_items import EVENT_PREFIX
from veil.adapters.aws.jobs import DynamoJobStore
from veil.adapters.aws.media import S3MediaStore
from veil.adapters.aws.part_uploads import S3PartUploads
from veil.adapters.aws.tasks import DynamoTaskStore
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.part_uploads import FolderPartUploads
from veil.adapters.folders.signed_urls import SignedUrls
from veil.adapters.records import EVENTS
from veil.adapters.sqlite.accounts import SqliteAccounts
from veil.adapters.sqlite.api_keys import SqliteApiKeys
from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.jobs import SqliteJobStore
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry, EntryKind
from veil.domain.deliveries import Delivery
from veil.domain.job import Job
from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task

# moto compares what it keeps with the real time, so the clock starts there.
NOW = datetime.now(UTC).replace(microsecond=0)
RETENTION = timedelta(days=30)
PASSWORD = "Correct-Horse-7"

TASK_STORES = {
    "memory": lambda given: MemoryTaskStore(),
    "node": lambda given: SqliteTaskStore(given("database")),
    "aws": lambda given: DynamoTaskStore(given("table"), retention=RETENTION),
}
# In the cloud a Pipe reads the table's stream: nobody asks what is pending.
OUTBOXES = {shape: TASK_STORES[shape] for shape in ("memory", "node")}
DELIVERY_STORES = {
    "memory": lambda given: MemoryDeliveryStore(),
    "node": lambda given: SqliteDeliveryStore(given("database")),
    "aws": lambda given: DynamoDeliveryStore(given("table"), retention=RETENTION),
}
# In the cloud every call is a message of a queue, and nobody asks what is due.
FAIR_DELIVERY_STORES = {shape: DELIVERY_STORES[shape] for shape in ("memory", "node")}
BOTH_STORES = {
    "memory": lambda given: (MemoryTaskStore(kept := MemoryDeliveryStore()), kept),
    **{
        shape: lambda given, at=shape: (TASK_STORES[at](given), DELIVERY_STORES[at](given)) for shape in ("node", "aws")
    },
}
MEDIA_STORES = {
    "memory": lambda given: MemoryMediaStore(given("clock")),
    "node": lambda given: FolderMediaStore(given("tmp_path") / "media", given("signed_urls")),
    "aws": lambda given: S3MediaStore(given("clients"), given("bucket")),
}
PART_UPLOADS = {
    "memory": lambda given: PartsAndMedia.in_memory(given("clock")),
    "node": lambda given: PartsAndMedia.of_node(given("tmp_path") / "media", given("signed_urls")),
    "aws": lambda given: PartsAndMedia.of_cloud(given("clients"), given("bucket")),
}
STORES_OF_JOBS = {
    "node": lambda given: StoresOfJobs.of_node(given("database")),
    "aws": lambda given: StoresOfJobs.of_cloud(given("table")),
}
ACCOUNTS = {"node": lambda given: given("sqlite_accounts"), "aws": lambda given: given("cognito_accounts")}


@dataclass(frozen=True)
class PartsAndMedia:
    """Uploads in parts, the media that they become, and how a part arrives: `send(upload, number, content)`."""

    parts: MemoryPartUploads | FolderPartUploads | S3PartUploads
    media: MemoryMediaStore | FolderMediaStore | S3MediaStore
    send: Callable[..., str]

    @classmethod
    def in_memory(cls, clock):
        media = MemoryMediaStore(clock)
        return cls(MemoryPartUploads(media), media, lambda upload, *part: upload.keep(*part).etag)

    @classmethod
    def of_node(cls, root, urls):
        media = FolderMediaStore(root, urls)

        def send(upload, number, content):
            incoming = media.begin_upload(limit_bytes=len(content))
            incoming.write(content)
            return upload.keep(number, incoming).etag

        return cls(FolderPartUploads(root, media, urls), media, send)

    @classmethod
    def of_cloud(cls, clients, bucket):
        media = S3MediaStore(clients, bucket)

        def send(upload, number, content):
            to = {"Bucket": bucket, "Key": upload.key, "UploadId": upload.upload_id, "PartNumber": number}
            return clients.s3.upload_part(**to, Body=content)["ETag"].strip('"')

        return cls(S3PartUploads(clients, bucket, media), media, send)


@dataclass(frozen=True)
class StoresOfJobs:
    """All stores that a job's life needs, over one database."""

    keys: SqliteApiKeys | DynamoApiKeys
    ledger: SqliteLedger | DynamoLedger
    tasks: SqliteTaskStore | DynamoTaskStore
    jobs: SqliteJobStore | DynamoJobStore
    deliveries: SqliteDeliveryStore | DynamoDeliveryStore

    @classmethod
    def of_node(cls, database):
        stores = (SqliteApiKeys, SqliteLedger, SqliteTaskStore, SqliteJobStore, SqliteDeliveryStore)
        return cls(*(store(database) for store in stores))

    @classmethod
    def of_cloud(cls, table):
        stores = (DynamoTaskStore, DynamoJobStore, DynamoDeliveryStore)
        return cls(DynamoApiKeys(table), DynamoLedger(table), *(store(table, retention=RETENTION) for store in stores))


@pytest.fixture
def clock():
    return MemoryClock(NOW)


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "node") as database:
        yield database


@pytest.fixture
def signed_urls(clock):
    return SignedUrls("http://127.0.0.1:8080", b"k" * 32, clock)


@pytest.fixture(params=TASK_STORES)
def tasks(request):
    return TASK_STORES[request.param](request.getfixturevalue)


@pytest.fixture
def told(tasks):
    """Lists the events that were written so far, at least those that the service acts on: `told()`."""
    if isinstance(tasks, DynamoTaskStore):
        return streamed_events
    return lambda: list(tasks.pending(1000))


def streamed_events():
    """What the Pipe would pass on: the event items among everything in the table's stream."""
    # moto knows no endpoint that is named after an account.
    config = Config(account_id_endpoint_mode="disabled")
    streams = boto3.client("dynamodbstreams", region_name=REGION, config=config)
    arn = streams.list_streams(TableName="veil")["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    inserted = [each["dynamodb"]["NewImage"] for each in records if each["eventName"] == "INSERT"]
    return [EVENTS.load(each["record"]["S"]) for each in inserted if each["pk"]["S"].startswith(EVENT_PREFIX)]


@pytest.fixture(params=OUTBOXES)
def outbox(request):
    """A task store that is its own outbox."""
    return OUTBOXES[request.param](request.getfixturevalue)


@pytest.fixture(params=DELIVERY_STORES)
def deliveries(request):
    return DELIVERY_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=FAIR_DELIVERY_STORES)
def fair_deliveries(request):
    return FAIR_DELIVERY_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=BOTH_STORES)
def both(request):
    """A task store and the delivery store beside it."""
    return BOTH_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=STORES_OF_JOBS)
def of_jobs(request):
    """The stores of keys, credits, jobs and tasks."""
    return STORES_OF_JOBS[request.param](request.getfixturevalue)


@pytest.fixture
def key(of_jobs):
    """A key with ten credits, whose secret's fingerprint is `print`."""
    key = ApiKey(key_id="k", owner="ana", label="demo", created_at=NOW)
    grant = CreditEntry(entry_id="grant", key_id="k", kind=EntryKind.GRANTED, amount=10, entered_at=NOW)
    of_jobs.keys.add(key, "print", grant)
    return key


@pytest.fixture
def new_job(of_jobs, key):
    """Builds and saves a job of the key that waits for its upload."""

    def build(job_id="j", **fields):
        told = {"owner": "ana", "key_id": "k", "policy": Policy(face=ClassRule(hide=True)), "model": "blur"}
        times = {"created_at": NOW, "updated_at": NOW}
        job = Job(**{"job_id": job_id, "file_name": "a.jpg", **told, **times, **fields})
        of_jobs.jobs.add(job)
        return job

    return build


@pytest.fixture(params=PART_UPLOADS)
def part_uploads(request):
    """Uploads in parts with the media that they become."""
    return PART_UPLOADS[request.param](request.getfixturevalue)


@pytest.fixture(params=MEDIA_STORES)
def media(request):
    return MEDIA_STORES[request.param](request.getfixturevalue)


@pytest.fixture
def sqlite_accounts(database, clock):
    accounts = SqliteAccounts(
        database, b"k" * 32, clock, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    accounts.add("ana", PASSWORD)
    return accounts


@pytest.fixture
def cognito_accounts(clients, user_pool, app_client):
    clients.cognito.admin_create_user(UserPoolId=user_pool, Username="ana")
    clients.cognito.admin_set_user_password(UserPoolId=user_pool, Username="ana", Password=PASSWORD, Permanent=True)
    return CognitoAccounts(clients, user_pool, app_client)


@pytest.fixture
def password():
    """The right password of the one account, `ana`."""
    return PASSWORD


@pytest.fixture(params=ACCOUNTS)
def accounts(request):
    return ACCOUNTS[request.param](request.getfixturevalue)


@pytest.fixture
def create():
    """Builds a new task: `create(7, owner="ana")` is its first transition."""

    def build(task_id=1, *, owner="ana", at=NOW, webhook=None):
        policy = Policy(face=ClassRule(hide=True))
        return Task.create(owner=owner, task_id=task_id, policy=policy, webhook=webhook, now=at)

    return build


@pytest.fixture
def upload():
    """Builds the transition that follows an upload: `upload(task)`."""

    def build(task):
        arrived = Upload(3, "image/jpeg", b"\xff\xd8\xff", "ab" * 32)
        return task.uploaded(arrived, MediaType.JPEG, NOW)

    return build


@pytest.fixture
def delivery():
    """Builds a pending delivery, due `after` the start of the test."""

    def build(delivery_id="evt_1_1", *, after=timedelta(0), **fields):
        due = NOW + after
        return Delivery(
            **{
                "delivery_id": delivery_id,
                "owner": "ana",
                "task_id": 1,
                "url": "https://example.org/hook",
                "first_due_at": due,
                "due_at": due,
            }
            | fields
        )

    return build


@pytest.fixture
def file_of(tmp_path):
    """Writes bytes into a new file."""

    def write(content):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.bin"
        file.write_bytes(content)
        return file

    return write
