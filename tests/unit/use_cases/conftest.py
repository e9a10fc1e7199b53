"""A service's stores with tasks that end, and receivers that answer as scripted."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.memory_adapters import MemoryClock, MemoryDeliveryStore, MemoryTaskStore, MemoryWorkQueue
from tests.memory_media import MemoryMediaStore, MemoryPartUploads
from tests.unit.use_cases.job_world import World
from veil.adapters.sqlite.database import Database
from veil.contracts.webhook_body import webhook_body
from veil.domain.deliveries import DeliveryState
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.policy import ClassRule, ObjectClass, Policy
from veil.domain.task import Task
from veil.ports.anonymizer import Anonymized
from veil.ports.queue import TaskRef
from veil.ports.webhooks import WebhookAnswer
from veil.use_cases.accept_upload import UploadIntake
from veil.use_cases.announce import delivery_for
from veil.use_cases.create_task import create_task
from veil.use_cases.delete_task import delete_task
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.recover import Recovery
from veil.use_cases.replay_webhooks import replay_webhook
from veil.use_cases.run_task import run_task
from veil.use_cases.worker_context import WorkerContext


class ScriptedReceiver:
    """A sender whose receiver answers as scripted, the last answer for ever; remembers the calls."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def send(self, call):
        self.calls.append(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, WebhookAnswer) else WebhookAnswer(answer)

    @property
    def bodies(self):
        return [json.loads(call.body) for call in self.calls]

    @property
    def ids(self):
        return {call.headers["webhook-id"] for call in self.calls}


class WebhookService:
    """The stores, the clock and tasks that end."""

    url = "https://hook.example/?param=test"
    install_key = bytes(range(32))

    def __init__(self):
        # The library's verifier compares with the real time, so the clock starts there.
        self.start = datetime.now(UTC)
        self.clock = MemoryClock(self.start)
        self.media = MemoryMediaStore(self.clock)
        self.deliveries = MemoryDeliveryStore()
        self.tasks = MemoryTaskStore(self.deliveries)

    def end_task(self, task_id=7, *, owner="ana", cause=None, artifacts=(Artifact.ANONYMIZED,)):
        """End a task, announce it and return the delivery."""
        self.end_task_quietly(task_id, owner=owner, cause=cause, artifacts=artifacts)
        self.pass_events_on()
        return self.deliveries.due(self.clock.now(), 10)[-1]

    def end_task_quietly(self, task_id=7, *, owner="ana", cause=None, artifacts=(Artifact.ANONYMIZED,)):
        """End a task; its events wait to be passed on."""
        now = self.clock.now()
        policy = Policy(face=ClassRule(hide=True))
        self._save(Task.create(owner=owner, task_id=task_id, policy=policy, webhook=self.url, now=now), first=True)
        upload = Upload(size_bytes=3, declared_type="", head=b"\xff\xd8\xff", sha256="00")
        queued = self._save(self._task(owner, task_id).uploaded(upload, MediaType.JPEG, now))
        claimed = self._save(queued.claimed("w", now, timedelta(minutes=1)))
        ended = claimed.failed(cause, now) if cause else claimed.finished("w", artifacts, now)
        self._save(ended)

    def pass_events_on(self, outbox=None):
        events = self.tasks.pending(100)
        (outbox or self.tasks).passed_on(events, [call for event in events if (call := delivery_for(event))])

    def delete_task(self, task_id=7, owner="ana"):
        self._save(self._task(owner, task_id).deleted(self.clock.now()))

    def deliver(self, delivery, receiver, **instead):
        ports = {"tasks": self.tasks, "media": self.media, "deliveries": self.deliveries, "clock": self.clock}
        settings = {
            "install_key": self.install_key,
            "body_of": partial(webhook_body, api_url="https://veil.example"),
            "jitter": lambda: 0.0,
        }
        return deliver_webhook(delivery, sender=receiver, **{**ports, **settings, **instead})

    def run_due(self, receiver):
        for delivery in self.deliveries.due(self.clock.now(), 10):
            self.deliver(delivery, receiver)

    def run_until_settled(self, delivery_id, receiver):
        while (delivery := self.deliveries.get(delivery_id)).state is DeliveryState.PENDING:
            self.clock.advance(max(delivery.due_at - self.clock.now(), timedelta()))
            self.run_due(receiver)
        return delivery

    def replay(self, delivery_id):
        return replay_webhook(delivery_id, deliveries=self.deliveries, tasks=self.tasks, clock=self.clock)

    def webhook_status(self, owner="ana", task_id=7):
        return self._task(owner, task_id).webhook_status

    def _task(self, owner, task_id):
        return self.tasks.get(owner, task_id)

    def _save(self, transition, *, first=False):
        (self.tasks.add if first else self.tasks.save)(transition)
        return transition.task


@pytest.fixture(scope="session")
def new_webhook_service():
    """Makes a service without tasks."""
    return WebhookService


@pytest.fixture
def service(new_webhook_service):
    """A service without tasks."""
    return new_webhook_service()


@pytest.fixture(scope="session")
def answering():
    """Makes a receiver that gives the answers in turn."""
    return ScriptedReceiver


PHOTO = b"\xff\xd8\xff a photo"


class HonestAnonymizer:
    """Writes results that name what they were made of; does what it was told to, at its turn, in between."""

    classes = frozenset({ObjectClass.FACE})

    def __init__(self, *meanwhile):
        self.meanwhile = list(meanwhile)
        self.sources = []

    def anonymize(self, source, sink, policy, progress):
        self.sources.append(source.name)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        files = {
            Artifact.ANONYMIZED: b"hidden: " + source.read_bytes(),
            Artifact.BINARY_MASK: b"mask",
            Artifact.METADATA: b'{"detections": []}',
        }
        for artifact, content in files.items():
            with sink.writing(artifact) as file:
                file.write_bytes(content)
        return Anonymized(hidden=1)


class TaskService:
    """A whole service in memory, without its HTTP door and its webhooks."""

    owner = "ana"

    def __init__(self, folder):
        self.folder = folder
        self.clock = MemoryClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))
        self.tasks = MemoryTaskStore()
        self.media = MemoryMediaStore(self.clock)
        self.parts = MemoryPartUploads(self.media)
        self.queue = MemoryWorkQueue(self.clock, visibility=timedelta(minutes=10))

    def create(self, policy=None, *, webhook=None, **instead):
        """Create a task of ana's and return it with its URL."""
        return create_task(
            self.owner,
            policy or Policy(face=ClassRule(hide=True)),
            webhook,
            **self.given("tasks", "media", "clock", instead=instead),
            available=frozenset({ObjectClass.FACE}),
        )

    def land(self, task_id, content=PHOTO, *, declared_type="image/jpeg", **instead):
        """Store the bytes as an upload that nobody was told of."""
        file = self.folder / f"upload-{task_id}"
        file.write_bytes(content)
        media = instead.get("media", self.media)
        media.put(f"{self.owner}/{task_id}/original", file, media_type=declared_type)

    def accept(self, task_id, content=PHOTO, *, declared_type="image/jpeg", upload=None, **instead):
        """Say that the bytes have landed."""
        upload = upload or Upload(len(content), declared_type, content[:8], hashlib.sha256(content).hexdigest())
        return self.intake(**instead).accept(self.owner, task_id, upload)

    def intake(self, **instead):
        return UploadIntake(**self.given("tasks", "media", "queue", "clock", instead=instead))

    def queued(self):
        """Create a task, upload its photo and return its number."""
        task_id = self.create().task.task_id
        self.land(task_id)
        self.accept(task_id)
        return task_id

    def context(self, anonymizer=None, *, worker="w", **instead):
        ports = self.given("tasks", "media", "clock", instead=instead)
        times = {name: instead[name] for name in ("lease_time", "progress_time", "watch_time") if name in instead}
        anonymizer = anonymizer or HonestAnonymizer()
        return WorkerContext(worker=worker, folder=self.folder, anonymizer=anonymizer, **times, **ports)

    def run(self, task_id, anonymizer=None, **instead):
        return run_task(TaskRef(self.owner, task_id), self.context(anonymizer, **instead))

    def delete(self, task_id, **instead):
        return delete_task(self.owner, task_id, **self.given("tasks", "media", "clock", instead=instead))

    def recover(self, *, dead=(), counts=True, patience=timedelta(), counts_offers=False, **instead):
        ports = self.given("tasks", "parts", "queue", "clock", instead=instead) | {"intake": self.intake(**instead)}
        how = {"counts": counts, "patience": patience, "counts_offers": counts_offers}
        return Recovery(**ports, is_dead=lambda worker: worker in dead, **how).run()

    def offered(self):
        """Take every offer there is, and return the tasks' numbers."""
        return [message.ref.task_id for message in iter(self.queue.take, None)]

    def task(self, task_id):
        return self.tasks.get(self.owner, task_id)

    def events(self, task_id):
        """Count the events of each kind that were saved for the task."""
        return Counter(event.kind for event in self.tasks.pending(10_000) if event.task_id == task_id)

    def kept(self, task_id):
        """Return the names of the files that are kept for the task."""
        prefix = f"{self.owner}/{task_id}/"
        places = ["original", *(f"{run}/{each}" for run in range(1, 40) for each in RESULTS)]
        return {place for place in places if self.media.stat(prefix + place) is not None}

    def given(self, *names, instead):
        return {name: instead.get(name, getattr(self, name)) for name in names}


RESULTS = ("anonymized.jpeg", "binary_mask.png", "metadata.json")


@pytest.fixture(scope="session")
def new_task_service():
    """Makes a service without tasks that keeps its scratch files in a folder."""
    return TaskService


@pytest.fixture
def task_service(tmp_path):
    """A service without tasks."""
    return TaskService(tmp_path)


@pytest.fixture(scope="session")
def anonymizer():
    """Makes an anonymizer that calls the given functions, one in each run."""
    return HonestAnonymizer


@pytest.fixture
def world(tmp_path, clock):
    """A node's stores, a key with five credits, and whatever advances jobs."""
    with Database(tmp_path / "node") as database:
        yield World(database, clock, tmp_path)
