from contextlib import suppress
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from veil.domain.deliveries import DeliveryState
from veil.domain.task import WebhookStatus

SENT, FAILED = WebhookStatus.SENT, WebhookStatus.FAILED


class CrashError(Exception):
    """The process dies here."""


class CrashingStore:
    """Passes calls on to a store until its time has come: dies before or after writing."""

    WRITES = ("add", "save", "update", "passed_on")

    def __init__(self, store, fuse):
        self.store = store
        self.fuse = fuse

    def __getattr__(self, name):
        method = getattr(self.store, name)
        return self._fused(method) if name in self.WRITES else method

    def _fused(self, method):
        def write(*arguments):
            self.fuse.burn()
            method(*arguments)
            self.fuse.burn()

        return write


class Fuse:
    """Burns a step at a time; at its end the process dies."""

    def __init__(self, steps):
        self.steps = steps

    def burn(self):
        self.steps -= 1
        if self.steps < 0:
            raise CrashError


class DyingSender:
    def __init__(self, receiver, fuse):
        self.receiver = receiver
        self.fuse = fuse

    def send(self, call):
        self.fuse.burn()
        answer = self.receiver.send(call)
        self.fuse.burn()
        return answer


def live(service, receiver, fuse):
    """Run the service until nothing is left to do, or until it dies."""
    tasks, deliveries = CrashingStore(service.tasks, fuse), CrashingStore(service.deliveries, fuse)
    service.pass_events_on(outbox=tasks)
    while due := service.deliveries.due(service.clock.now() + timedelta(days=1), 10):
        service.clock.advance(max(due[0].due_at - service.clock.now(), timedelta()))
        service.deliver(due[0], DyingSender(receiver, fuse), tasks=tasks, deliveries=deliveries)


@settings(max_examples=150)
@given(
    lives=st.lists(st.integers(0, 12), max_size=8),
    answers=st.lists(st.sampled_from([200, 500, 410]), max_size=4),
)
def test_no_crash_at_any_moment_loses_a_delivery_and_every_repeat_has_the_same_id(
    new_webhook_service, answering, lives, answers
):
    service, receiver = new_webhook_service(), answering(*answers, 200)
    service.end_task_quietly()

    for steps in (*lives, 1_000_000):
        with suppress(CrashError):
            live(service, receiver, Fuse(steps))

    final = service.deliveries.get(next(iter(receiver.ids)))
    assert service.webhook_status() is (SENT if final.state is DeliveryState.DELIVERED else FAILED)
    assert receiver.ids == {final.delivery_id}
    assert final.state is DeliveryState.DELIVERED or 410 in answers
