"""What every delivery store promises."""

from dataclasses import replace
from datetime import timedelta

from veil.domain.deliveries import DeliveryState

MINUTE = timedelta(minutes=1)


def ids(found):
    return [each.delivery_id for each in found]


def test_a_delivery_is_read_back_as_it_was(deliveries, delivery):
    sent = delivery("evt_1_4", attempts=3, last_error="answered 503")

    deliveries.add(sent)

    assert deliveries.get("evt_1_4") == sent
    assert deliveries.get("evt_1_5") is None


def test_adding_again_changes_nothing(deliveries, delivery):
    deliveries.add(delivery("a", attempts=3))

    deliveries.add(delivery("a"))

    assert deliveries.get("a").attempts == 3


def test_saving_replaces_the_delivery_with_the_same_id(deliveries, delivery):
    deliveries.add(delivery("a"))

    deliveries.save(delivery("a", attempts=1, state=DeliveryState.DELIVERED))

    assert deliveries.get("a") == delivery("a", attempts=1, state=DeliveryState.DELIVERED)


def test_the_longest_overdue_is_due_first(deliveries, delivery, clock):
    for name, minutes in (("b", -1), ("c", 0), ("a", -2), ("later", 1)):
        deliveries.add(delivery(name, after=minutes * MINUTE))

    assert ids(deliveries.due(clock.now(), 10)) == ["a", "b", "c"]
    assert ids(deliveries.due(clock.now(), 2)) == ["a", "b"]


def test_a_postponed_delivery_is_due_at_its_new_time(deliveries, delivery, clock):
    deliveries.add(delivery("a"))

    deliveries.save(replace(delivery("a"), due_at=clock.now() + MINUTE, attempts=1))

    assert ids(deliveries.due(clock.now(), 10)) == []
    assert ids(deliveries.due(clock.now() + MINUTE, 10)) == ["a"]


def test_only_pending_deliveries_are_due(deliveries, delivery, clock):
    deliveries.add(delivery("done", state=DeliveryState.DELIVERED))
    deliveries.add(delivery("dead", state=DeliveryState.DEAD))

    assert ids(deliveries.due(clock.now(), 10)) == []


def test_dead_letters_are_listed_oldest_first(deliveries, delivery):
    deliveries.add(delivery("younger", after=2 * MINUTE, state=DeliveryState.DEAD))
    deliveries.add(delivery("older", after=MINUTE, state=DeliveryState.DEAD))
    deliveries.add(delivery("alive"))

    assert ids(deliveries.dead()) == ["older", "younger"]


def test_a_dead_letter_can_be_revived(deliveries, delivery, clock):
    dead = delivery("a", state=DeliveryState.DEAD)
    deliveries.add(dead)

    deliveries.save(replace(dead, state=DeliveryState.PENDING, due_at=clock.now()))

    assert ids(deliveries.dead()) == []
    assert ids(deliveries.due(clock.now(), 10)) == ["a"]
