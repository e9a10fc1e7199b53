"""ICC profiles: the only ones in a result are those written here, so none has room for anything else."""

import struct
from functools import cache

from veil_vision.image.colour_spaces import D50, UNIT, Colour, ColourSpace, space_of
from veil_vision.image.icc_reading import described_by
from veil_vision.image.transfer_curves import Curve

MAX_PROFILE_BYTES = 4 << 20
_HEADER_BYTES, _ENTRY_BYTES = 128, 12
_SPACE_OF_CHANNELS = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
_VERSION = 0x04_30_00_00
_ANY_DATE = (2026, 1, 1, 0, 0, 0)
_TERMS = "CC0-1.0"
_FIVE_PARAMETERS = 3


def whole_profile(profile: bytes, *, channels: int) -> bytes | None:
    """Return the profile without anything behind its announced end, or None where it does not fit the channels.

    Header layout: ICC.1:2022, section 7.2 (size at 0, colour space at 16, signature at 36).
    """
    size = int.from_bytes(profile[:4], "big")
    fits = profile[16:20] == _SPACE_OF_CHANNELS.get(channels) and profile[36:40] == b"acsp"
    return profile[:size] if fits and _HEADER_BYTES < size <= min(len(profile), MAX_PROFILE_BYTES) else None


def is_own_profile(profile: bytes) -> bool:
    """Tell whether a profile is byte for byte what `write_profile` makes of the colours it describes."""
    found = described_by(profile)
    space = found and space_of(found)
    return space is not None and write_profile(space) == profile


@cache
def write_profile(space: ColourSpace) -> bytes:
    """Return the profile of a colour space, ICC version 4; equal spaces make equal bytes."""
    curve = _curve(space.curve)
    elements = {b"desc": _text(space.name), b"cprt": _text(_TERMS), b"wtpt": _xyz(D50)}
    if space.primaries is None:
        return _assembled(b"GRAY", elements | {b"kTRC": curve})
    colours = (space.primaries.red, space.primaries.green, space.primaries.blue)
    elements |= {name: _xyz(colour) for name, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colours, strict=True)}
    return _assembled(b"RGB ", elements | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def _assembled(colours: bytes, elements: dict[bytes, bytes]) -> bytes:
    start = _HEADER_BYTES + 4 + len(elements) * _ENTRY_BYTES
    places: dict[bytes, int] = {}
    for element in elements.values():
        if element not in places:  # equal elements are stored once
            places[element] = start + sum(map(len, places))
    table = b"".join(struct.pack(">4sII", name, places[each], len(each)) for name, each in elements.items())
    body = struct.pack(">I", len(elements)) + table + b"".join(places)
    return _header(colours, _HEADER_BYTES + len(body)) + body


def _header(colours: bytes, size: int) -> bytes:
    return struct.pack(
        ">I4xI4s4s4s6H4s28x3i48x", size, _VERSION, b"mntr", colours, b"XYZ ", *_ANY_DATE, b"acsp", *D50
    )  # fmt: skip


def _text(text: str) -> bytes:
    """Return multiLocalizedUnicodeType (10.15) with one English text, padded to four bytes."""
    coded = text.encode("utf-16-be")
    return _padded(struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(coded), 28) + coded)


def _xyz(colour: Colour) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *colour)


def _curve(curve: Curve) -> bytes:
    """Return parametricCurveType (10.18)."""
    numbers = (curve.gamma, curve.a, curve.b, curve.slope, curve.start)
    return struct.pack(">4s4xH2x5i", b"para", _FIVE_PARAMETERS, *(round(number * UNIT) for number in numbers))


def _padded(element: bytes) -> bytes:
    return element + bytes(-len(element) % 4)
