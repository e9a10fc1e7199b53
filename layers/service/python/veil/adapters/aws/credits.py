"""The ledger of credits in DynamoDB: every entry is one transaction with the balance that it changes."""

from collections.abc import Sequence

from veil.adapters.aws.table import Key, Table, Write, WriteRefusedError, item_of, number, text
from veil.adapters.aws.writes import Addition, Put
from veil.adapters.records import CREDIT_ENTRIES
from veil.domain.credits import CreditEntry
from veil.domain.errors import InsufficientCreditError

_ENTRY = "entry#"
_BALANCE = "balance"


class DynamoLedger:
    """Credits of all keys, each with its entries and their sum in a partition of its own."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def enter(self, entry: CreditEntry) -> None:
        """Add an entry, unless one with its id is there.

        Raises:
            InsufficientCreditError: The balance would become negative; nothing was added.
        """
        try:
            self._table.write(*entering(entry))
        except WriteRefusedError as error:
            is_there_already = 0 in error.places
            if not is_there_already:
                raise too_little(entry) from error

    def balance(self, key_id: str) -> int:
        """Return the sum of the key's entries, never negative; 0 for a key that nobody has."""
        item = self._table.get(_balance_key(key_id))
        return int(item[_BALANCE]["N"]) if item else 0

    def entries(self, key_id: str) -> Sequence[CreditEntry]:
        """Return the key's entries, oldest first."""
        items = self._table.partition(_partition(key_id), _ENTRY)
        entries = (CREDIT_ENTRIES.load(item["record"]["S"]) for item in items)
        return sorted(entries, key=lambda entry: entry.entered_at)


def entering(entry: CreditEntry) -> tuple[Write, Write]:
    """Return the writes that add an entry and change its key's balance.

    The first is refused where the entry is there already, the second where the balance would become negative.
    """
    return _added(entry), Addition(_balance_key(entry.key_id), _BALANCE, entry.amount)


def opened(key_id: str, granted: CreditEntry | None) -> tuple[Write, ...]:
    """Return the writes that give a new key a balance, and the entry of what it begins with."""
    balance = Put(item_of(_balance_key(key_id), balance=number(granted.amount if granted else 0)))
    return (balance, _added(granted)) if granted else (balance,)


def too_little(entry: CreditEntry) -> InsufficientCreditError:
    """Return the error for an entry that takes more than there is."""
    return InsufficientCreditError(f"There are fewer credits than the {-entry.amount} that are needed.")


def _added(entry: CreditEntry) -> Put:
    key = Key(_partition(entry.key_id), f"{_ENTRY}{entry.entry_id}")
    return Put(item_of(key, record=text(CREDIT_ENTRIES.dump(entry))), "attribute_not_exists(pk)")


def _partition(key_id: str) -> str:
    return f"credits#{key_id}"


def _balance_key(key_id: str) -> Key:
    return Key(_partition(key_id), _BALANCE)
