"""Webhook deliveries in SQLite."""

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from veil.adapters.records import DELIVERIES
from veil.adapters.sqlite.database import Database, microseconds
from veil.domain.deliveries import Delivery

_ADD = """
    INSERT INTO deliveries (delivery_id, state, due_at, first_due_at, record)
    VALUES (:delivery_id, :state, :due_at, :first_due_at, :record)
    ON CONFLICT (delivery_id) DO NOTHING
"""
_SAVE = """
    INSERT OR REPLACE INTO deliveries (delivery_id, state, due_at, first_due_at, record)
    VALUES (:delivery_id, :state, :due_at, :first_due_at, :record)
"""
_GET = "SELECT record FROM deliveries WHERE delivery_id = :delivery_id"
DUE = "SELECT record FROM deliveries WHERE state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT :limit"
DUE_IN_TURN = """
    SELECT record FROM (
        SELECT rowid AS place, due_at AS since, row_number() OVER (PARTITION BY owner ORDER BY due_at) AS turn
        FROM deliveries WHERE state = 'pending' AND due_at <= :now
    ) JOIN deliveries ON deliveries.rowid = place WHERE turn <= :per_owner ORDER BY turn, since LIMIT :limit
"""
DEAD = "SELECT record FROM deliveries WHERE state = 'dead' ORDER BY first_due_at"


class SqliteDeliveryStore:
    """Deliveries in the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, delivery: Delivery) -> None:
        """Save a delivery unless one with its id exists."""
        with self._database.writing() as connection:
            add_delivery(connection, delivery)

    def save(self, delivery: Delivery) -> None:
        """Replace the delivery with the same id."""
        with self._database.writing() as connection:
            save_delivery(connection, delivery)

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""
        found = self._read(_GET, delivery_id=delivery_id)
        return found[0] if found else None

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come, the longest overdue first."""
        return self._read(DUE, now=microseconds(now), limit=limit)

    def due_in_turn(self, now: datetime, limit: int, *, per_owner: int) -> Sequence[Delivery]:
        """Return what is due: every owner's first, then every owner's second, up to `per_owner` of each."""
        return self._read(DUE_IN_TURN, now=microseconds(now), limit=limit, per_owner=per_owner)

    def dead(self) -> Sequence[Delivery]:
        """Return the dead letters, oldest first."""
        return self._read(DEAD)

    def _read(self, sql: str, **values: object) -> list[Delivery]:
        return [DELIVERIES.load(row["record"]) for row in self._database.read(sql, values)]


def add_delivery(connection: Connection, delivery: Delivery) -> None:
    """Save a delivery unless one with its id exists, as part of the transaction that the connection is in."""
    connection.execute(_ADD, _row(delivery))


def save_delivery(connection: Connection, delivery: Delivery) -> None:
    """Replace the delivery with the same id, as part of the transaction that the connection is in."""
    connection.execute(_SAVE, _row(delivery))


def _row(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": delivery.delivery_id,
        "state": delivery.state,
        "due_at": microseconds(delivery.due_at),
        "first_due_at": microseconds(delivery.first_due_at),
        "record": DELIVERIES.dump(delivery),
    }
