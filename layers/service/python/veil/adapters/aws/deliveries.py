"""Webhook deliveries in DynamoDB."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from veil.adapters.aws.table import (
    EXPIRES,
    Item,
    Key,
    Table,
    WriteRefusedError,
    expiry,
    item_of,
    microseconds,
    portions,
    shelved,
    text,
)
from veil.adapters.aws.writes import Put
from veil.adapters.records import DELIVERIES
from veil.domain.deliveries import Delivery, DeliveryState

_PENDING = "pending"
_DEAD = "dead"


class DynamoDeliveryStore:
    """Deliveries beside the tasks they tell of. Lists may lack what was saved a moment ago."""

    def __init__(self, table: Table, *, retention: timedelta) -> None:
        """Keep deliveries that are done or dead for `retention` after their last call was due."""
        self._table = table
        self._retention = retention

    def add(self, delivery: Delivery) -> None:
        """Save a delivery unless one with its id exists."""
        try:
            self._table.write(Put(delivery_item(delivery, self._retention), "attribute_not_exists(pk)"))
        except WriteRefusedError:
            # It was added before, and may have been called since.
            return

    def save(self, delivery: Delivery) -> None:
        """Replace the delivery with the same id."""
        self._table.write(Put(delivery_item(delivery, self._retention)))

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""
        item = self._table.get(_key(delivery_id))
        return _delivery(item) if item else None

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come, the longest overdue first."""
        found = self._on_shelf(_PENDING, until=microseconds(now))
        # The index may not know yet that a call was made or put off.
        return list(islice((each for each in found if _is_due(each, now)), limit))

    def dead(self) -> Sequence[Delivery]:
        """Return the dead letters, oldest first."""
        return [each for each in self._on_shelf(_DEAD) if each.state is DeliveryState.DEAD]

    def _on_shelf(self, shelf: str, *, until: int | None = None) -> Iterator[Delivery]:
        for keys in portions(self._table.on_shelf(shelf, until=until)):
            yield from map(_delivery, self._table.get_many(keys))


def delivery_item(delivery: Delivery, retention: timedelta) -> Item:
    """Return the item of a delivery, which is kept for `retention` once it is over."""
    item = item_of(_key(delivery.delivery_id), record=text(DELIVERIES.dump(delivery)))
    expires = {EXPIRES: expiry(delivery.due_at + retention)}
    match delivery.state:
        case DeliveryState.PENDING:
            return {**item, **shelved(_PENDING, delivery.delivery_id, microseconds(delivery.due_at))}
        case DeliveryState.DEAD:
            return {**item, **shelved(_DEAD, delivery.delivery_id, microseconds(delivery.first_due_at)), **expires}
        case DeliveryState.DELIVERED:
            return {**item, **expires}


def _key(delivery_id: str) -> Key:
    return Key(f"delivery#{delivery_id}", "delivery")


def _delivery(item: Item) -> Delivery:
    return DELIVERIES.load(item["record"]["S"])


def _is_due(delivery: Delivery, now: datetime) -> bool:
    return delivery.state is DeliveryState.PENDING and delivery.due_at <= now
