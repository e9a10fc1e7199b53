"""The TIFF structure inside EXIF (TIFF 6.0, section 2): read without trust, written in one fixed form."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

_HEADER = struct.Struct(">2sHI")
_WORD_BYTES = 4
_LONGEST_PAYLOAD = 64


class Kind(IntEnum):
    """The field types that are read; the others hold nothing Veil may keep."""

    BYTE = 1
    ASCII = 2
    SHORT = 3
    LONG = 4
    RATIONAL = 5
    SIGNED_RATIONAL = 10


_VALUE_BYTES = {
    Kind.BYTE: 1, Kind.ASCII: 1, Kind.SHORT: 2, Kind.LONG: 4, Kind.RATIONAL: 8, Kind.SIGNED_RATIONAL: 8
}  # fmt: skip
_NUMBER_CODES = {Kind.SHORT: "H", Kind.LONG: "I", Kind.RATIONAL: "I", Kind.SIGNED_RATIONAL: "i"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a directory.

    Attributes:
        kind: its type code.
        payload: its bytes, numbers big-endian.
    """

    kind: Kind
    payload: bytes

    @property
    def count(self) -> int:
        """How many values of the kind the payload holds."""
        return len(self.payload) // _VALUE_BYTES[self.kind]

    def numbers(self) -> tuple[int, ...]:
        """Return the payload as integers; a rational is a numerator and a denominator."""
        code = _NUMBER_CODES.get(self.kind, "B")
        return struct.unpack(f">{len(self.payload) // struct.calcsize(code)}{code}", self.payload)


Directory = Mapping[int, Field]


class TiffBlock:
    """A TIFF block of either byte order."""

    def __init__(self, data: bytes) -> None:
        """Accept the block if its header is right.

        Raises:
            ValueError: The header is not TIFF.
        """
        self._data = data
        self._order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4], "")
        if not self._order:
            raise ValueError("not a TIFF header")

    def main_directory(self) -> Directory:
        """Return the first directory.

        Raises:
            ValueError: It lies outside the block.
        """
        return self.directory_at(self._unpack("I", _WORD_BYTES)[0])

    def directory_at(self, offset: int) -> Directory:
        """Return the readable fields of the directory at an offset; the next directory's address is ignored.

        Raises:
            ValueError: The directory lies outside the block.
        """
        (entries,) = self._unpack("H", offset)
        places = (offset + 2 + 12 * entry for entry in range(entries))
        return {tag: field for place in places for tag, field in self._entry(place)}

    def _entry(self, place: int) -> Iterator[tuple[int, Field]]:
        tag, code, count = self._unpack("HHI", place)
        if code not in _VALUE_BYTES or count * _VALUE_BYTES[Kind(code)] > _LONGEST_PAYLOAD:
            return
        kind, size = Kind(code), count * _VALUE_BYTES[Kind(code)]
        start = place + 8 if size <= _WORD_BYTES else self._unpack("I", place + 8)[0]
        payload = self._data[start : start + size]
        if len(payload) == size:
            yield tag, Field(kind, self._big_endian(kind, payload))

    def _big_endian(self, kind: Kind, payload: bytes) -> bytes:
        if kind not in _NUMBER_CODES:
            return payload
        numbers = f"{len(payload) // struct.calcsize(_NUMBER_CODES[kind])}{_NUMBER_CODES[kind]}"
        return struct.pack(">" + numbers, *struct.unpack(self._order + numbers, payload))

    def _unpack(self, codes: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self._order + codes, self._data, offset)
        except struct.error as error:
            raise ValueError("a directory leads out of the TIFF block") from error


def pack_directories(directories: Mapping[int, Directory], main: Directory) -> bytes:
    """Return a big-endian TIFF block whose first directory has fields and points to the given ones, by pointer tag."""
    start = _HEADER.size + _directory_bytes(len(main) + len(directories))
    bodies: list[bytes] = []
    for fields in directories.values():
        bodies.append(_pack_directory(fields, start + sum(map(len, bodies))))
    offsets = accumulate(map(len, bodies), initial=start)
    pointers = {
        tag: Field(Kind.LONG, offset.to_bytes(_WORD_BYTES, "big"))
        for tag, offset in zip(directories, offsets, strict=False)
    }
    return b"".join(
        [_HEADER.pack(b"MM", 42, _HEADER.size), _pack_directory({**main, **pointers}, _HEADER.size), *bodies]
    )


def _pack_directory(fields: Directory, start: int) -> bytes:
    """Return one directory for the given offset, its long values behind it, with no directory after it."""
    entries, behind = [], b""
    for tag, field in sorted(fields.items()):
        place = start + _directory_bytes(len(fields)) + len(behind)
        inline = len(field.payload) <= _WORD_BYTES
        value = field.payload.ljust(_WORD_BYTES, b"\0") if inline else place.to_bytes(_WORD_BYTES, "big")
        entries.append(struct.pack(">HHI", tag, field.kind, field.count) + value)
        behind += b"" if inline else field.payload + b"\0" * (len(field.payload) % 2)
    return struct.pack(">H", len(entries)) + b"".join(entries) + b"\0" * _WORD_BYTES + behind


def _directory_bytes(entries: int) -> int:
    return 2 + 12 * entries + _WORD_BYTES
