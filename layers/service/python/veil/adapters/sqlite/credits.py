"""The ledger of credits in SQLite: the database itself keeps balances, and refuses negative ones and changes."""

import sqlite3
from collections.abc import Sequence
from sqlite3 import Connection, IntegrityError

from veil.adapters.records import CREDIT_ENTRIES
from veil.adapters.sqlite.database import Database
from veil.domain.credits import CreditEntry
from veil.domain.errors import InsufficientCreditError

_ADD = """
    INSERT INTO credit_entries (entry_id, key_id, amount, record) VALUES (:entry_id, :key_id, :amount, :record)
    ON CONFLICT (entry_id) DO NOTHING
"""
_BALANCE = "SELECT balance FROM credit_balances WHERE key_id = :key_id"
_ENTRIES = "SELECT record FROM credit_entries WHERE key_id = :key_id ORDER BY sequence"


class SqliteLedger:
    """Credits in the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, entry: CreditEntry) -> None:
        """Add an entry, unless one with its id is there.

        Raises:
            InsufficientCreditError: The balance would become negative; nothing was added.
        """
        with self._database.writing() as connection:
            add_entry(connection, entry)

    def balance(self, key_id: str) -> int:
        """Return the sum of the key's entries, never negative; 0 for a key that nobody has."""
        rows = self._database.read(_BALANCE, {"key_id": key_id})
        return int(rows[0]["balance"]) if rows else 0

    def entries(self, key_id: str) -> Sequence[CreditEntry]:
        """Return the key's entries, oldest first."""
        return [CREDIT_ENTRIES.load(row["record"]) for row in self._database.read(_ENTRIES, {"key_id": key_id})]


def add_entry(connection: Connection, entry: CreditEntry) -> None:
    """Add an entry, unless one with its id is there, as part of the transaction that the connection is in.

    Raises:
        InsufficientCreditError: The balance would become negative.
    """
    values = {"entry_id": entry.entry_id, "key_id": entry.key_id, "amount": entry.amount}
    try:
        connection.execute(_ADD, {**values, "record": CREDIT_ENTRIES.dump(entry)})
    except IntegrityError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_CHECK:
            raise
        raise InsufficientCreditError(f"There are fewer credits than the {-entry.amount} that are needed.") from error
