"""Hand out API keys, let them in, and take them back."""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

from veil.domain.api_key import ApiKey, Scope, fingerprint
from veil.domain.credits import CreditEntry, EntryKind
from veil.domain.errors import ApiKeyError, KeyNotFoundError, KeyRefusedError
from veil.ports.api_keys import ApiKeyStore, Ledger
from veil.ports.clock import Clock

MAX_LABEL_LENGTH = 100
MOST_CREDITS = 10**12


class NewKey(NamedTuple):
    """A key and its secret, which nobody can be told again."""

    key: ApiKey
    secret: str


def add_key(
    label: str,
    *,
    keys: ApiKeyStore,
    clock: Clock,
    owner: str | None = None,
    scopes: Collection[Scope] = tuple(Scope),
    credits_granted: int = 0,
) -> NewKey:
    """Make a key of 36 characters, the form of a UUID, and return it with its secret.

    Without an owner the key has one of its own: its jobs are in nobody's list of tasks.

    Raises:
        LabelTakenError: Another key has this label.
        ApiKeyError: The label or the number of credits cannot be used.
    """
    _check_label(label)
    now, key_id, secret = clock.now(), str(uuid4()), str(uuid4())
    key = ApiKey(key_id=key_id, owner=owner or key_id, label=label, created_at=now, scopes=frozenset(scopes))
    keys.add(key, fingerprint(secret), _grant(key, credits_granted, clock) if credits_granted else None)
    return NewKey(key, secret)


def let_in(secret: str, scope: Scope, *, keys: ApiKeyStore, clock: Clock) -> ApiKey:
    """Return the key that a caller shows, and note that it was used.

    Raises:
        KeyRefusedError: There is none, it is disabled, or it is not good for this.
    """
    key = keys.find(fingerprint(secret))
    if key is None or not key.may(scope):
        raise KeyRefusedError("The API key is not valid, or not good for this. Send it in the header access_token.")
    used = key.used(clock.now())
    if used != key:
        keys.save(used)
    return used


def disable_key(label: str, *, keys: ApiKeyStore, clock: Clock) -> ApiKey:
    """Have the key open nothing from now on. Jobs that it approved are finished.

    Raises:
        KeyNotFoundError: There is none with this label.
    """
    key = _labelled(label, keys)
    if key.disabled_at is None:
        key = replace(key, disabled_at=clock.now())
        keys.save(key)
    return key


def credit_key(label: str, amount: int, *, keys: ApiKeyStore, ledger: Ledger, clock: Clock) -> int:
    """Add credits to the key, or take some back where the amount is negative, and return the new balance.

    Raises:
        KeyNotFoundError: There is none with this label.
        InsufficientCreditError: Less is left than is to be taken back.
        ApiKeyError: The amount cannot be used.
    """
    key = _labelled(label, keys)
    ledger.enter(_grant(key, amount, clock))
    return ledger.balance(key.key_id)


def _labelled(label: str, keys: ApiKeyStore) -> ApiKey:
    key = keys.labelled(label)
    if key is None:
        raise KeyNotFoundError(f"There is no API key {label!r}.")
    return key


def _check_label(label: str) -> None:
    if not label.isprintable() or label != label.strip() or not 1 <= len(label) <= MAX_LABEL_LENGTH:
        raise ApiKeyError(f"A label has 1 to {MAX_LABEL_LENGTH} printable characters and no space at either end.")


def _grant(key: ApiKey, amount: int, clock: Clock) -> CreditEntry:
    if not 1 <= abs(amount) <= MOST_CREDITS:
        raise ApiKeyError(f"Credits are a whole number from 1 to {MOST_CREDITS}, negative to take some back.")
    return CreditEntry(
        entry_id=str(uuid4()), key_id=key.key_id, kind=EntryKind.GRANTED, amount=amount, entered_at=clock.now()
    )
