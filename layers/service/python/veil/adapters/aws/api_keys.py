"""API keys in DynamoDB."""

from collections.abc import Sequence

from veil.adapters.aws.credits import opened
from veil.adapters.aws.table import Item, Key, Table, WriteRefusedError, item_of, text
from veil.adapters.aws.writes import Put
from veil.adapters.records import API_KEYS
from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry
from veil.domain.errors import LabelTakenError

_KEYS, _KEY = "keys", "key#"
_NEW = "attribute_not_exists(pk)"


class DynamoApiKeys:
    """Keys by their labels, in one partition, and for each an item that leads from its fingerprint to its label."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, key: ApiKey, fingerprint: str, granted: CreditEntry | None) -> None:
        """Save a new key with what it may spend, both or neither.

        Raises:
            LabelTakenError: Another key has this label.
        """
        leads = item_of(_lead_key(fingerprint), label=text(key.label))
        try:
            self._table.write(Put(_item(key), _NEW), Put(leads, _NEW), *opened(key.key_id, granted))
        except WriteRefusedError as error:
            raise LabelTakenError(f"There is an API key {key.label!r} already.") from error

    def save(self, key: ApiKey) -> None:
        """Replace the key with the same id, unless that is disabled: it stays as it is."""
        try:
            self._table.write(Put(_item(key), "attribute_exists(pk) AND attribute_not_exists(disabled)"))
        except WriteRefusedError:
            return

    def find(self, fingerprint: str) -> ApiKey | None:
        """Return the key whose secret has this fingerprint, or None."""
        leads = self._table.get(_lead_key(fingerprint))
        return self.labelled(leads["label"]["S"]) if leads else None

    def labelled(self, label: str) -> ApiKey | None:
        """Return the key with this label, or None."""
        item = self._table.get(_place(label))
        return _key(item) if item else None

    def list(self) -> Sequence[ApiKey]:
        """Return every key by its label."""
        return [_key(item) for item in self._table.partition(_KEYS, _KEY)]


def _lead_key(fingerprint: str) -> Key:
    return Key(f"fingerprint#{fingerprint}", "fingerprint")


def _place(label: str) -> Key:
    return Key(_KEYS, f"{_KEY}{label}")


def _item(key: ApiKey) -> Item:
    state = {} if key.disabled_at is None else {"disabled": text(key.disabled_at.isoformat())}
    return item_of(_place(key.label), record=text(API_KEYS.dump(key)), **state)


def _key(item: Item) -> ApiKey:
    return API_KEYS.load(item["record"]["S"])
