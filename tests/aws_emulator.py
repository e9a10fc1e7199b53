"""Fixtures that several folders share: AWS as moto emulates it, in this process, empty for every test.

A conftest.py that imports their names has them; each needs a fixture `clock` beside it.
"""

from functools import cache
from itertools import count
from threading import Lock

import pytest
from joserfc.jwk import RSAKey
from moto import mock_aws
from moto.dynamodb.models import DynamoDBBackend
from moto.utilities.utils import load_resource

from tests.moto_patches import patch_moto
from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.table import EXPIRES, LISTED, PARTITION_KEY, PLACE, SHELF, SHELVES, SORT_KEY, Table

REGION = "eu-central-1"
VISIBILITY_SECONDS = 60
patch_moto()


@pytest.fixture(scope="session")
def session_clients():
    """Made once, because making a client takes longer than most tests."""
    return AwsClients(REGION)


@pytest.fixture
def clients(session_clients, clock, monkeypatch):
    """The clients, with queues that live by the test's clock."""
    ticks = count()
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", _one_at_a_time(DynamoDBBackend.transact_write_items))
    with mock_aws():
        # A microsecond passes at every look: a hidden message is visible again after its time, not at it.
        monkeypatch.setattr(
            "moto.sqs.models.unix_time_millis", lambda: clock.now().timestamp() * 1000 + next(ticks) / 1000
        )
        yield session_clients


@pytest.fixture
def table(clients, clock):
    clients.dynamodb.create_table(
        TableName="veil",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in ((PARTITION_KEY, "S"), (SORT_KEY, "S"), (SHELF, "S"), (PLACE, "N"), (LISTED, "S"))
        ],
        KeySchema=_key_schema(PARTITION_KEY, SORT_KEY),
        GlobalSecondaryIndexes=[
            {
                "IndexName": SHELVES,
                "KeySchema": _key_schema(SHELF, PLACE),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": LISTED,
                "KeySchema": _key_schema(LISTED, SORT_KEY),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": [EXPIRES]},
            },
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    clients.dynamodb.update_time_to_live(
        TableName="veil", TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES}
    )
    return Table(clients, "veil", clock)


@pytest.fixture
def bucket(clients):
    clients.s3.create_bucket(Bucket="veil-media", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.s3.put_bucket_versioning(Bucket="veil-media", VersioningConfiguration={"Status": "Enabled"})
    return "veil-media"


@pytest.fixture
def queue_url(clients):
    visibility = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    return clients.sqs.create_queue(QueueName="express", Attributes=visibility)["QueueUrl"]


@pytest.fixture
def user_pool(clients, monkeypatch):
    key = _key_of_all_pools()
    with monkeypatch.context() as while_it_is_made:
        while_it_is_made.setattr(RSAKey, "import_key", lambda _: key)
        return clients.cognito.create_user_pool(PoolName="veil")["UserPool"]["Id"]


@pytest.fixture
def app_client(clients, user_pool):
    made = clients.cognito.create_user_pool_client(
        UserPoolId=user_pool, ClientName="veil", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    return made["UserPoolClient"]["ClientId"]


@cache
def _key_of_all_pools():
    """moto reads the same key for each pool, and finds its primes anew."""
    return RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))


def _one_at_a_time(transact):
    """moto takes a cancelled transaction back by putting the whole table back, with what others wrote meanwhile."""
    lock = Lock()

    def locked(backend, items):
        with lock:
            return transact(backend, items)

    return locked


def _key_schema(partition, sort):
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
