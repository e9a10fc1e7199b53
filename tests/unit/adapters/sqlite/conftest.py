"""A database, as the adapters get it."""

from datetime import timedelta

import pytest

from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.deliveries import Delivery
from veil.domain.media import MediaType, Upload


@pytest.fixture
def database(folder):
    with Database(folder) as database:
        yield database


@pytest.fixture
def upload(clock):
    """Builds the transition that follows an upload: `upload(task)`."""
    return lambda task: task.uploaded(Upload(1, "", b"", ""), MediaType.JPEG, clock.now())


@pytest.fixture
def delivery(clock):
    """Builds a pending delivery that is due now."""

    def build(delivery_id="evt_1_1"):
        due = clock.now()
        url = "https://example.org/hook"
        return Delivery(delivery_id=delivery_id, owner="ana", task_id=1, url=url, first_due_at=due, due_at=due)

    return build


@pytest.fixture
def queue_up(database, create, upload):
    """Adds a task that waits for a worker: `queue_up(7, owner="ana")`."""
    store = SqliteTaskStore(database)

    def add(task_id, *, owner="ana"):
        created = create(task_id, owner=owner)
        store.add(created)
        store.save(upload(created.task))

    return add


@pytest.fixture
def claim(database, clock):
    """Claims the task that a reference is of for a minute."""
    store = SqliteTaskStore(database)

    def save(ref, worker="w"):
        claimed = store.get(ref.owner, ref.task_id).claimed(worker, clock.now(), timedelta(minutes=1))
        store.save(claimed)
        return claimed.task

    return save
