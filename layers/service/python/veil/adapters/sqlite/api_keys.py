"""API keys in SQLite."""

from collections.abc import Sequence
from sqlite3 import IntegrityError

from veil.adapters.records import API_KEYS
from veil.adapters.sqlite.credits import add_entry
from veil.adapters.sqlite.database import Database
from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry
from veil.domain.errors import LabelTakenError

_INSERT = "INSERT INTO api_keys (key_id, fingerprint, label, record) VALUES (:key_id, :fingerprint, :label, :record)"
_REPLACE = """
    UPDATE api_keys SET record = :record WHERE key_id = :key_id AND record ->> '$.disabled_at' IS NULL
"""
_FIND = "SELECT record FROM api_keys WHERE fingerprint = :fingerprint"
_LABELLED = "SELECT record FROM api_keys WHERE label = :label"
_LIST = "SELECT record FROM api_keys ORDER BY label"


class SqliteApiKeys:
    """Keys in the node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey, fingerprint: str, granted: CreditEntry | None) -> None:
        """Save a new key with what it may spend, both or neither.

        Raises:
            LabelTakenError: Another key has this label.
        """
        values = {"key_id": key.key_id, "fingerprint": fingerprint, "label": key.label, "record": API_KEYS.dump(key)}
        with self._database.writing() as connection:
            try:
                connection.execute(_INSERT, values)
            except IntegrityError as error:
                raise LabelTakenError(f"There is an API key {key.label!r} already.") from error
            if granted is not None:
                add_entry(connection, granted)

    def save(self, key: ApiKey) -> None:
        """Replace the key with the same id, unless that is disabled: it stays as it is."""
        with self._database.writing() as connection:
            connection.execute(_REPLACE, {"key_id": key.key_id, "record": API_KEYS.dump(key)})

    def find(self, fingerprint: str) -> ApiKey | None:
        """Return the key whose secret has this fingerprint, or None."""
        return self._one(_FIND, fingerprint=fingerprint)

    def labelled(self, label: str) -> ApiKey | None:
        """Return the key with this label, or None."""
        return self._one(_LABELLED, label=label)

    def list(self) -> Sequence[ApiKey]:
        """Return every key by its label."""
        return [API_KEYS.load(row["record"]) for row in self._database.read(_LIST, {})]

    def _one(self, sql: str, **values: object) -> ApiKey | None:
        rows = self._database.read(sql, values)
        return API_KEYS.load(rows[0]["record"]) if rows else None
