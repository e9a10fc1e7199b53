"""What every delivery store promises that one machine's calls are made from."""

from datetime import timedelta

from veil.domain.deliveries import DeliveryState

MINUTE = timedelta(minutes=1)


def ids(found):
    return [each.delivery_id for each in found]


def test_owners_take_turns_and_each_has_so_many(fair_deliveries, delivery, clock):
    for number in range(5):
        fair_deliveries.add(delivery(f"ana-{number}", after=(number - 60) * MINUTE))
    fair_deliveries.add(delivery("ben-0", owner="ben", after=-MINUTE))
    fair_deliveries.add(delivery("cleo-0", owner="cleo"))

    assert ids(fair_deliveries.due_in_turn(clock.now(), 9, per_owner=3)) == [
        "ana-0",
        "ben-0",
        "cleo-0",
        "ana-1",
        "ana-2",
    ]
    assert ids(fair_deliveries.due_in_turn(clock.now(), 2, per_owner=3)) == ["ana-0", "ben-0"]


def test_what_is_not_due_or_not_pending_takes_nobodys_turn(fair_deliveries, delivery, clock):
    fair_deliveries.add(delivery("later", after=MINUTE))
    fair_deliveries.add(delivery("done", state=DeliveryState.DELIVERED))
    fair_deliveries.add(delivery("dead", after=-MINUTE, state=DeliveryState.DEAD))
    fair_deliveries.add(delivery("due"))

    assert ids(fair_deliveries.due_in_turn(clock.now(), 9, per_owner=1)) == ["due"]
