"""Where API keys and their credits are kept."""

from collections.abc import Sequence
from typing import Protocol

from veil.domain.api_key import ApiKey
from veil.domain.credits import CreditEntry


class ApiKeyStore(Protocol):
    """Keeps keys, none with its secret."""

    def add(self, key: ApiKey, fingerprint: str, granted: CreditEntry | None) -> None:
        """Save a new key with what it may spend, both or neither.

        Raises:
            LabelTakenError: Another key has this label.
        """

    def save(self, key: ApiKey) -> None:
        """Replace the key with the same id, unless that is disabled: it stays as it is."""

    def find(self, fingerprint: str) -> ApiKey | None:
        """Return the key whose secret has this fingerprint, or None."""

    def labelled(self, label: str) -> ApiKey | None:
        """Return the key with this label, or None."""

    def list(self) -> Sequence[ApiKey]:
        """Return every key by its label."""


class Ledger(Protocol):
    """Keeps what was added to and taken from each key's credits. Entries are added and never changed."""

    def enter(self, entry: CreditEntry) -> None:
        """Add an entry, unless one with its id is there.

        Raises:
            InsufficientCreditError: The balance would become negative; nothing was added.
        """

    def balance(self, key_id: str) -> int:
        """Return the sum of the key's entries, never negative."""

    def entries(self, key_id: str) -> Sequence[CreditEntry]:
        """Return the key's entries, oldest first."""
