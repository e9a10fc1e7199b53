"""What only one process may do at a time, where several may be told to do it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from veil.adapters.aws.table import EXPIRES, Item, Key, Table, WriteRefusedError, expiry, item_of, microseconds, number
from veil.adapters.aws.writes import Put
from veil.ports.clock import Clock

_FREE = 0


class Locks:
    """Locks in the table. One whose holder died is free again after its `life`."""

    def __init__(self, table: Table, clock: Clock, *, life: timedelta) -> None:
        self._table = table
        self._clock = clock
        self._life = life

    @contextmanager
    def tried(self, name: str) -> Iterator[bool]:
        """Hold a lock as long as a `with` lasts, or say that somebody else does."""
        is_held = self._take(name)
        try:
            yield is_held
        finally:
            if is_held:
                self._table.write(Put(self._item(name, _FREE)))

    def _take(self, name: str) -> bool:
        now = self._clock.now()
        free = "attribute_not_exists(pk) OR held_until <= :now"
        item = self._item(name, microseconds(now + self._life))
        try:
            self._table.write(Put(item, free, {":now": number(microseconds(now))}))
        except WriteRefusedError:
            return False
        return True

    def _item(self, name: str, held_until: int) -> Item:
        expires = expiry(self._clock.now() + self._life)
        return item_of(Key(f"lock#{name}", "lock"), held_until=number(held_until), **{EXPIRES: expires})
