"""Passes events on: forgets files of deleted tasks and calls webhooks."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event, Thread
from typing import NamedTuple

from aws_lambda_powertools import Logger

from veil.domain.deliveries import Delivery
from veil.domain.events import EventKind, TaskEvent
from veil.domain.media import task_prefix
from veil.ports.clock import Clock
from veil.ports.media import MediaStore
from veil.ports.stores import EventOutbox, FairDeliveryStore
from veil.use_cases.announce import delivery_for
from veil.webhooks.policy import next_due

PATIENCE_SECONDS = 0.2
EVENTS_AT_ONCE = 200
# A call waits for its receiver up to 15 s and costs next to nothing meanwhile.
CALLS_AT_ONCE = 64
# Enough to fill every slot beside those under way.
BATCH = 2 * CALLS_AT_ONCE
# So many receivers that never answer an owner may have before that owner, and no other, has to wait.
CALLS_OF_OWNER = 8


class _Broken(NamedTuple):
    """How often a call broke whose outcome the store does not have, and when it may be made again."""

    times: int
    until: datetime


class Dispatcher:
    """A thread that empties the outbox and a pool that makes the calls that are due."""

    def __init__(
        self,
        *,
        outbox: EventOutbox,
        deliveries: FairDeliveryStore,
        media: MediaStore,
        clock: Clock,
        deliver: Callable[[Delivery], Delivery],
    ) -> None:
        """Start nothing yet. `deliver` makes one call and records its outcome."""
        self._outbox = outbox
        self._deliveries = deliveries
        self._media = media
        self._clock = clock
        self._deliver = deliver
        self._calls = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="webhook")
        self._calling: dict[str, Future[Delivery]] = {}
        self._broken: dict[str, _Broken] = {}
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="dispatcher", daemon=True)
        self._logger = Logger(service="veil", child=True)

    def start(self) -> None:
        """Begin to pass events on."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the calls under way; what is due later waits in the store."""
        self._stopped.set()
        self._thread.join()
        self._calls.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopped.wait(PATIENCE_SECONDS):
            try:
                self._pass_on_events()
                self._make_due_calls()
            except Exception:  # thread boundary: a full disk now must not end all webhooks for ever
                self._logger.exception("the dispatcher will try again")

    def _pass_on_events(self) -> None:
        events = self._outbox.pending(EVENTS_AT_ONCE)
        for event in events:
            self._act_on(event)
        if events:
            self._outbox.passed_on(events, [call for event in events if (call := delivery_for(event)) is not None])

    def _act_on(self, event: TaskEvent) -> None:
        if event.kind is EventKind.DELETED:
            self._media.delete(task_prefix(event.owner, event.task_id))
        self._logger.info("event", extra={"event": event.kind, "event_id": event.event_id, "task_id": event.task_id})

    def _make_due_calls(self) -> None:
        now = self._clock.now()
        self._take_ended(now)
        # Those under way are due still, so they count among their owner's.
        due = self._deliveries.due_in_turn(now, BATCH, per_owner=CALLS_OF_OWNER)
        waiting = [each for each in due if each.delivery_id not in self._calling and not self._rests(each, now)]
        for delivery in waiting[: CALLS_AT_ONCE - len(self._calling)]:
            self._calling[delivery.delivery_id] = self._calls.submit(self._call, delivery)

    def _take_ended(self, now: datetime) -> None:
        for delivery_id, call in list(self._calling.items()):
            if not call.done():
                continue
            del self._calling[delivery_id]
            broken = self._broken.pop(delivery_id, None)
            if (error := call.exception()) is not None:
                self._logger.error("a webhook call broke", exc_info=error)
                times = broken.times + 1 if broken else 1
                self._broken[delivery_id] = _Broken(times, next_due(times, now, now, jitter=0) or now)

    def _rests(self, delivery: Delivery, now: datetime) -> bool:
        """Say whether the call broke a moment ago: on a full disk its receiver would be told five times a second."""
        broken = self._broken.get(delivery.delivery_id)
        return broken is not None and now < broken.until

    def _call(self, delivery: Delivery) -> Delivery:
        settled = self._deliver(delivery)
        whose = {"task_id": settled.task_id} if settled.job_id is None else {"job_id": settled.job_id}
        about = {**whose, "event_id": settled.delivery_id, "attempts": settled.attempts}
        self._logger.info("webhook", extra={**about, "state": settled.state, "error": settled.last_error})
        return settled
