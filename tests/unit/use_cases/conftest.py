"""A service's stores with tasks that end, and receivers that answer as scripted."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from veil.adapters.memory import MemoryClock, MemoryDeliveryStore, MemoryMediaStore, MemoryTaskStore
from veil.domain.deliveries import DeliveryState
from veil.domain.media import Artifact, MediaType, Upload
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task
from veil.ports import WebhookAnswer
from veil.use_cases.announce import announce
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.replay_webhooks import replay_webhook


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
        self.tasks = MemoryTaskStore()
        self.media = MemoryMediaStore(self.clock)
        self.deliveries = MemoryDeliveryStore()

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

    def pass_events_on(self, **instead):
        for event in self.tasks.pending(100):
            announce(event, **{"deliveries": self.deliveries, "outbox": self.tasks, **instead})

    def delete_task(self, task_id=7, owner="ana"):
        self._save(self._task(owner, task_id).deleted(self.clock.now()))

    def deliver(self, delivery, receiver, **instead):
        ports = {"tasks": self.tasks, "media": self.media, "deliveries": self.deliveries, "clock": self.clock}
        settings = {"install_key": self.install_key, "api_url": "https://veil.example", "jitter": lambda: 0.0}
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
