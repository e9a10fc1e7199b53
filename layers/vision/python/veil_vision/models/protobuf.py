"""Protocol Buffers' wire format: a message as its fields, and back.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

VARINT, BYTES = 0, 2
_SEVEN_BITS = 0x7F
_SIZES = {1: 8, 5: 4}  # of the kinds whose length is not written down


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    Attributes:
        number: Which field it is.
        kind: Its wire type.
        value: Its bytes as they are written, without their length.
    """

    number: int
    kind: int
    value: bytes


def fields_of(message: bytes) -> Iterator[Field]:
    """Yield the fields of a valid message in their order."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        length, start = _varint(message, at) if kind in (VARINT, BYTES) else (_SIZES[kind], at)
        at, start = (start, at) if kind == VARINT else (start + length, start)
        yield Field(tag >> 3, kind, message[start:at])


def message_of(fields: Iterable[Field]) -> bytes:
    """Return the message with these fields."""
    return b"".join(part for field in fields for part in _written(field))


def change(message: bytes, number: int, to: Callable[[bytes], bytes]) -> bytes:
    """Return the message with another value wherever it has the field."""
    return message_of(
        replace(field, value=to(field.value)) if field.number == number else field for field in fields_of(message)
    )


def _written(field: Field) -> Iterator[bytes]:
    yield _as_varint(field.number << 3 | field.kind)
    if field.kind == BYTES:
        yield _as_varint(len(field.value))
    yield field.value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that is written there, seven bits a byte, and where it ends."""
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & _SEVEN_BITS) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


def _as_varint(value: int) -> bytes:
    written = bytearray()
    while value > _SEVEN_BITS:
        written.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    return bytes([*written, value])
