"""Which webhook calls a node makes at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Semaphore

import pytest

from tests.memory_adapters import MemoryClock, MemoryDeliveryStore, MemoryTaskStore
from tests.memory_media import MemoryMediaStore
from veil.domain.deliveries import Delivery, DeliveryState
from veil.domain.errors import StoreFullError
from veil.node.dispatcher import CALLS_OF_OWNER, Dispatcher

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE = 60


class Calls:
    """Receivers of owners whose name begins with `silent` do not answer; the others do at once."""

    def __init__(self, deliveries):
        self.deliveries = deliveries
        self.silent, self.answered, self.over = Semaphore(0), Semaphore(0), Event()
        self.under_way = []

    def make(self, delivery):
        if delivery.owner.startswith("silent"):
            self.under_way.append(delivery.owner)
            self.silent.release()
            self.over.wait(PATIENCE)
        settled = replace(delivery, state=DeliveryState.DELIVERED)
        self.deliveries.save(settled)
        if not delivery.owner.startswith("silent"):
            self.answered.release()
        return settled


@pytest.fixture
def deliveries():
    return MemoryDeliveryStore()


@pytest.fixture
def calls(deliveries):
    clock = MemoryClock(NOW)
    calls = Calls(deliveries)
    media = MemoryMediaStore(clock)
    dispatcher = Dispatcher(
        outbox=MemoryTaskStore(), deliveries=deliveries, media=media, clock=clock, deliver=calls.make
    )
    dispatcher.start()
    yield calls
    calls.over.set()
    dispatcher.stop()


def due(owner, number):
    at = NOW - timedelta(minutes=60 - number % 60)
    return Delivery(
        delivery_id=f"{owner}-{number}", owner=owner, task_id=number, url="https://x/", first_due_at=at, due_at=at
    )


def acquire(semaphore, times):
    return all(semaphore.acquire(timeout=PATIENCE) for _ in range(times))


def test_a_receiver_that_never_answers_delays_no_other_owner(deliveries, calls):
    for number in range(300):
        deliveries.add(due("silent", number))
    assert acquire(calls.silent, CALLS_OF_OWNER)

    for number in range(20):
        deliveries.add(due("ben", number))

    assert acquire(calls.answered, 20)
    assert calls.under_way == ["silent"] * CALLS_OF_OWNER


def test_several_owners_with_silent_receivers_have_their_slots_each(deliveries, calls):
    for owner in range(4):
        for number in range(50):
            deliveries.add(due(f"silent-{owner}", number))
    assert acquire(calls.silent, 4 * CALLS_OF_OWNER)

    deliveries.add(due("ben", 1))

    assert acquire(calls.answered, 1)
    assert {owner: calls.under_way.count(owner) for owner in calls.under_way} == {
        f"silent-{owner}": CALLS_OF_OWNER for owner in range(4)
    }


@pytest.fixture
def unsaved():
    """Ids of calls whose outcome the store cannot take, each as often as it was made."""
    return []


@pytest.fixture
def full_disk(deliveries, unsaved):
    """A dispatcher whose calls all arrive while nothing can be written, and its clock."""
    clock = MemoryClock(NOW)
    looks = Semaphore(0)

    class Looked(MemoryDeliveryStore):
        def due_in_turn(self, *arguments, **options):
            looks.release()
            return deliveries.due_in_turn(*arguments, **options)

    def make(delivery):
        unsaved.append(delivery.delivery_id)
        raise StoreFullError("The disk is full.")

    dispatcher = Dispatcher(
        outbox=MemoryTaskStore(), deliveries=Looked(), media=MemoryMediaStore(clock), clock=clock, deliver=make
    )
    dispatcher.start()
    yield clock, looks
    dispatcher.stop()


def test_a_call_whose_outcome_cannot_be_saved_is_not_made_again_at_once(deliveries, full_disk, unsaved):
    clock, looks = full_disk
    deliveries.add(due("ana", 1))

    assert acquire(looks, 5)
    assert unsaved == ["ana-1"]

    clock.advance(timedelta(seconds=7))
    assert acquire(looks, 5)
    assert unsaved == ["ana-1"] * 2

    # From then on the pauses grow as those between failed calls do.
    clock.advance(timedelta(seconds=7))
    assert acquire(looks, 5)
    assert unsaved == ["ana-1"] * 2
