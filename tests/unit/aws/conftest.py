"""One table, bucket and queue of an emulated AWS, and a look at the calls they get."""

# ruff: noqa: F811  # fixtures take other fixtures by name

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from tests.aws_emulator import (  # noqa: F401  # pytest finds fixtures by name
    app_client,
    bucket,
    clients,
    queue_url,
    session_clients,
    table,
    user_pool,
)
from tests.memory_adapters import MemoryClock
from veil.adapters.aws.deliveries import DynamoDeliveryStore
from veil.adapters.aws.media import S3MediaStore
from veil.adapters.aws.tasks import DynamoTaskStore
from veil.domain.deliveries import Delivery
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task

# moto compares what it keeps with the real time, so the clock starts there.
NOW = datetime.now(UTC).replace(microsecond=0)
RETENTION = timedelta(days=30)


@pytest.fixture
def clock():
    return MemoryClock(NOW)


@pytest.fixture
def tasks(table):
    return DynamoTaskStore(table, retention=RETENTION)


@pytest.fixture
def deliveries(table):
    return DynamoDeliveryStore(table, retention=RETENTION)


@pytest.fixture
def media(clients, bucket):
    return S3MediaStore(clients, bucket)


@pytest.fixture
def create():
    """Builds a new task: `create(7)` is its first transition."""

    def build(task_id=1, *, owner="ana", policy=None):
        policy = policy or Policy(face=ClassRule(hide=True))
        return Task.create(owner=owner, task_id=task_id, policy=policy, webhook=None, now=NOW)

    return build


@pytest.fixture
def delivery():
    """Builds a delivery that is due at the start of the test."""

    def build(**fields):
        given = {"delivery_id": "evt_1_4", "owner": "ana", "task_id": 1, "url": "https://example.org/hook"}
        return Delivery(**given | {"first_due_at": NOW, "due_at": NOW} | fields)

    return build


@pytest.fixture
def calls(session_clients):
    """Lists the names of the operations that DynamoDB was asked for, in order."""
    seen = []

    def note(model, **rest):
        seen.append(model.name)

    events = session_clients.dynamodb.meta.events
    events.register("before-call.dynamodb", note)
    yield seen
    events.unregister("before-call.dynamodb", note)


@pytest.fixture
def answer_instead():
    """Makes a client's next calls of an operation get an answer that the emulator never gives."""
    undo = []

    def register(client, operation, answer, *, times):
        answers = [(Http(400 if "Error" in answer else 200), answer)] * times

        def take(**call):
            return answers.pop() if answers else None

        event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
        client.meta.events.register(event, take)
        undo.append((client.meta.events, event, take))

    yield register
    for events, event, take in undo:
        events.unregister(event, take)


class Http(NamedTuple):
    """What the SDK looks at of an HTTP response."""

    status_code: int
