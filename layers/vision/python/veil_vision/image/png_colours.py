"""What PNG's small chunks say about colours (W3C PNG, third edition, section 11.3.2).

cICP and sRGB stay as they are where they hold one of few values. gAMA and cHRM could hold anything; they are read,
and what they describe is written as a profile.
"""

import struct
from collections.abc import Mapping

import numpy as np

from veil_vision.image.colour_spaces import SRGB_PRIMARIES, UNIT, Colour, Description, adapted_primaries
from veil_vision.image.transfer_curves import SRGB, Curve

COLOUR_CHUNK_BYTES: Mapping[bytes, int] = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4}
# ITU-T H.273, tables 2 to 4: BT.709, BT.2020, P3; BT.709, gamma 2.2, BT.601, linear, sRGB, BT.2020, PQ, HLG; RGB.
_CICP_PRIMARIES = frozenset({1, 9, 12})
_CICP_CURVES = frozenset({1, 4, 6, 8, 13, 14, 15, 16, 18})
_RENDERING_INTENTS = 4
_CHRM_UNIT = _GAMA_UNIT = 100_000


def may_stay(name: bytes, payload: bytes) -> bool:
    """Tell whether a chunk is one of the 54 code points or of the 4 rendering intents that results may hold."""
    if COLOUR_CHUNK_BYTES.get(name) != len(payload):
        return False
    if name == b"sRGB":
        return payload[0] < _RENDERING_INTENTS
    if name != b"cICP":
        return False
    primaries, curve, matrix, full_range = payload
    return primaries in _CICP_PRIMARIES and curve in _CICP_CURVES and matrix == 0 and full_range <= 1


def described_by_chunks(chunks: Mapping[bytes, bytes], *, grey: bool) -> Description | None:
    """Return what gAMA and cHRM say; where one is missing or makes no sense, sRGB's part stands for it.

    None where that leaves nothing.
    """
    curve, primaries = _curve(chunks.get(b"gAMA")), None if grey else _primaries(chunks.get(b"cHRM"))
    if curve is None and primaries is None:
        return None
    if grey:
        return Description(None, (curve or SRGB,))
    standard = (SRGB_PRIMARIES.red, SRGB_PRIMARIES.green, SRGB_PRIMARIES.blue)
    return Description(primaries or standard, (curve or SRGB,) * 3)


def _curve(gama: bytes | None) -> Curve | None:
    number = int.from_bytes(gama or b"", "big")
    return Curve(_GAMA_UNIT / number) if number else None


def _primaries(chrm: bytes | None) -> tuple[Colour, Colour, Colour] | None:
    if chrm is None:
        return None
    numbers = [number / _CHRM_UNIT for number in struct.unpack(">8I", chrm)]
    white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
    try:
        found = adapted_primaries(white, red, green, blue) * UNIT
    except ValueError:  # a photo is not refused because its chromaticities make no sense
        return None
    if not np.abs(found).max() < np.iinfo(np.int32).max:
        return None
    first, second, third = np.rint(found).astype(int).tolist()
    return tuple(first), tuple(second), tuple(third)
