"""Read FlatBuffers: tables whose fields are numbered slots, behind offsets relative to where they stand.

The layout is the one of flatbuffers.dev, "Internals". Bytes are taken as they are: the one file that is read has its
checksum verified.
"""

import struct
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a field that was left out has the value 0, is empty, or is None.

    Attributes:
        data: The whole file.
        at: Where the table starts.
    """

    data: bytes
    at: int

    def byte(self, slot: int) -> int:
        """Return a field that is one signed byte."""
        return self._number(slot, "b")

    def integer(self, slot: int) -> int:
        """Return a field that is a signed integer of four bytes."""
        return self._number(slot, "i")

    def numbers(self, slot: int, form: str) -> tuple[Any, ...]:
        """Return a field that is a vector of numbers; `form` is that of the `struct` module."""
        start = self._target(slot)
        return () if start is None else _unpacked(self.data, start + 4, _length(self.data, start) * form)

    def raw(self, slot: int) -> bytes:
        """Return a field that is a vector of bytes."""
        start = self._target(slot)
        return b"" if start is None else self.data[start + 4 : start + 4 + _length(self.data, start)]

    def table(self, slot: int) -> "Table | None":
        """Return a field that is a table."""
        start = self._target(slot)
        return None if start is None else Table(self.data, start)

    def tables(self, slot: int) -> "list[Table]":
        """Return a field that is a vector of tables."""
        start = self._target(slot)
        places = [] if start is None else range(start + 4, start + 4 + 4 * _length(self.data, start), 4)
        return [Table(self.data, _followed(self.data, place)) for place in places]

    def _field(self, slot: int) -> int | None:
        """Return where a field lies."""
        layout = self.at - _unpacked(self.data, self.at, "i")[0]
        (size,) = _unpacked(self.data, layout, "H")
        entry = 4 + 2 * slot
        offset = _unpacked(self.data, layout + entry, "H")[0] if entry < size else 0
        return self.at + offset if offset else None

    def _number(self, slot: int, form: str) -> int:
        place = self._field(slot)
        return 0 if place is None else int(_unpacked(self.data, place, form)[0])

    def _target(self, slot: int) -> int | None:
        place = self._field(slot)
        return None if place is None else _followed(self.data, place)


def root(data: bytes) -> Table:
    """Return the table that the file starts with."""
    return Table(data, _followed(data, 0))


def _followed(data: bytes, place: int) -> int:
    return place + _length(data, place)


def _length(data: bytes, place: int) -> int:
    return int(_unpacked(data, place, "I")[0])


def _unpacked(data: bytes, place: int, form: str) -> tuple[Any, ...]:
    return struct.unpack_from(f"<{form}", data, place)
