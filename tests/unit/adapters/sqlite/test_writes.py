"""What a task costs the disk: every write transaction waits until it is on the disk."""

from contextlib import contextmanager
from functools import partial
from threading import Event

import pytest

from tests.memory_media import MemoryMediaStore
from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.contracts.webhook_body import webhook_body
from veil.domain.media import Artifact
from veil.domain.policy import ClassRule, ObjectClass, Policy
from veil.domain.task import TaskStatus, WebhookStatus
from veil.node.dispatcher import Dispatcher
from veil.ports.anonymizer import Anonymized
from veil.ports.webhooks import WebhookAnswer
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.create_task import create_task
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.run_task import run_task
from veil.use_cases.worker_context import WorkerContext


class CountingDatabase(Database):
    """Counts its write transactions once it is open."""

    writes = 0

    @contextmanager
    def writing(self):
        self.writes += 1
        with super().writing() as connection:
            yield connection


class Copies:
    """An anonymizer that hides nothing."""

    classes = frozenset({ObjectClass.FACE})

    def anonymize(self, source, sink, policy, progress):
        with sink.writing(Artifact.ANONYMIZED) as file:
            file.write_bytes(source.read_bytes())
        return Anonymized()


class Receiver:
    """Takes every call."""

    def send(self, call):
        return WebhookAnswer(204)


class Node:
    """The use cases on SQLite, as a node calls them, without threads and processes."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.database = CountingDatabase(folder)
        self.database.writes = 0
        self.tasks, self.deliveries = SqliteTaskStore(self.database), SqliteDeliveryStore(self.database)
        self.media = MemoryMediaStore(clock)
        self.ports = {"tasks": self.tasks, "media": self.media, "clock": clock}

    def put(self, ref):
        """Wake nobody: the test is the worker."""

    def submit(self, webhook):
        created = create_task(
            "ana", Policy(face=ClassRule(hide=True)), webhook, available=frozenset({ObjectClass.FACE}), **self.ports
        )
        key = f"ana/{created.task.task_id}/original"
        photo = self.folder / "photo"
        photo.write_bytes(b"\xff\xd8\xff a photo")
        self.media.put(key, photo, media_type="image/jpeg")
        UploadIntake(queue=self, **self.ports).accept_landed("ana", created.task.task_id)

    def work(self):
        context = WorkerContext(worker="w", folder=self.folder, anonymizer=Copies(), **self.ports)
        return run_task(SqliteTaskQueue(self.database).next(), context)

    def call(self):
        """Run the dispatcher until it has made one call."""
        called = Event()

        def deliver(delivery):
            settled = self.deliver(delivery)
            called.set()
            return settled

        dispatcher = Dispatcher(
            outbox=self.tasks, deliveries=self.deliveries, media=self.media, clock=self.clock, deliver=deliver
        )
        dispatcher.start()
        called.wait()
        dispatcher.stop()

    def deliver(self, delivery):
        return deliver_webhook(
            delivery,
            deliveries=self.deliveries,
            sender=Receiver(),
            install_key=b"k" * 32,
            body_of=partial(webhook_body, api_url="https://veil.example"),
            jitter=lambda: 0.0,
            **self.ports,
        )


@pytest.fixture
def node(folder, clock):
    node = Node(folder, clock)
    yield node
    node.database.close()


def test_a_task_costs_four_write_transactions(node):
    node.submit(webhook=None)

    assert node.work().status is TaskStatus.DONE
    assert node.tasks.pending(10) == []
    assert node.database.writes == 4


def test_a_task_with_a_webhook_costs_six(node):
    node.submit(webhook="https://example.org/hook")
    task_id = node.work().task_id
    node.call()

    assert node.tasks.get("ana", task_id).webhook_status is WebhookStatus.SENT
    assert node.database.writes == 6
