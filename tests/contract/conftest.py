"""Every adapter of every port: the suites beside this file run over all of them.

A new adapter joins by one line in the dict of its port.
"""

from datetime import UTC, datetime, timedelta

import pytest

from veil.adapters.memory import MemoryClock, MemoryDeliveryStore, MemoryMediaStore, MemoryTaskStore, MemoryWorkQueue
from veil.adapters.node.database import Database
from veil.adapters.node.deliveries import SqliteDeliveryStore
from veil.adapters.node.media import FolderMediaStore
from veil.adapters.node.queue import SqliteWorkQueue
from veil.adapters.node.signed_urls import SignedUrls
from veil.adapters.node.tasks import SqliteTaskStore
from veil.domain.deliveries import Delivery
from veil.domain.media import MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
VISIBILITY = timedelta(seconds=60)

TASK_STORES = {
    "memory": lambda given: MemoryTaskStore(),
    "node": lambda given: SqliteTaskStore(given("database")),
}
DELIVERY_STORES = {
    "memory": lambda given: MemoryDeliveryStore(),
    "node": lambda given: SqliteDeliveryStore(given("database")),
}
MEDIA_STORES = {
    "memory": lambda given: MemoryMediaStore(given("clock")),
    "node": lambda given: FolderMediaStore(given("tmp_path") / "media", given("signed_urls")),
}
WORK_QUEUES = {
    "memory": lambda given: MemoryWorkQueue(given("clock"), visibility=VISIBILITY),
    "node": lambda given: SqliteWorkQueue(given("database"), given("clock"), visibility=VISIBILITY),
}


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
    """A task store, which is its own outbox."""
    return TASK_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=DELIVERY_STORES)
def deliveries(request):
    return DELIVERY_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=MEDIA_STORES)
def media(request):
    return MEDIA_STORES[request.param](request.getfixturevalue)


@pytest.fixture(params=WORK_QUEUES)
def queue(request):
    return WORK_QUEUES[request.param](request.getfixturevalue)


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
