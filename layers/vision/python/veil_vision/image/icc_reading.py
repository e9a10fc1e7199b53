"""ICC profiles of three primaries or of grey, read with suspicion: only the tags that give numbers their meaning.

Layout: ICC.1:2022, sections 7 (header, tag table), 9.2 (tags) and 10 (types).
"""

import struct
from collections.abc import Mapping

import numpy as np

from veil_vision.image.colour_spaces import Colour, Description
from veil_vision.image.transfer_curves import Curve, Function, sampled

_HEADER_BYTES, _ENTRY_BYTES = 128, 12
_MOST_TAGS = 100
_PRIMARIES = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES = {b"RGB ": (b"rTRC", b"gTRC", b"bTRC"), b"GRAY": (b"kTRC",)}
# Where one of these is, colour management goes by it and not by primaries and curves.
_TABLES = frozenset({b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"})
_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
_PARAMETERS_OF_TYPE = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
_POWER_ALONE, _CUT_OFF, _CUT_OFF_AND_RAISED = 0, 1, 2


def described_by(profile: bytes) -> Description | None:
    """Return primaries and curves; None where the profile is broken, or says it by tables of colours."""
    space = profile[16:20]
    if profile[12:16] not in _CLASSES or profile[20:24] != b"XYZ " or space not in _CURVES:
        return None
    try:
        tags = _tags(profile)
        if _TABLES & tags.keys():
            return None
        red, green, blue = (_xyz(tags[name]) for name in _PRIMARIES) if space == b"RGB " else (None, None, None)
        curves = tuple(_curve(tags[name]) for name in _CURVES[space])
    except (ValueError, KeyError, struct.error):  # a photo is not refused because its profile is broken
        return None
    return Description((red, green, blue) if red and green and blue else None, curves)


def _tags(profile: bytes) -> Mapping[bytes, memoryview]:
    view = memoryview(profile)
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    if count > _MOST_TAGS:
        raise ValueError(f"a profile of {count} tags")
    entries = view[_HEADER_BYTES + 4 :][: count * _ENTRY_BYTES]
    return {name: view[start : start + size] for name, start, size in struct.iter_unpack(">4sII", entries)}


def _xyz(element: memoryview) -> Colour:
    kind, x, y, z = struct.unpack_from(">4s4x3i", element)
    if kind != b"XYZ ":
        raise ValueError("a primary that is no colour")
    return x, y, z


def _curve(element: memoryview) -> Function:
    match bytes(element[:4]):
        case b"curv":
            return _table(element)
        case b"para":
            return _parametric(element)
    raise ValueError("a curve of unknown type")


def _table(element: memoryview) -> Function:
    (count,) = struct.unpack_from(">I", element, 8)
    entries = np.frombuffer(element[12:][: 2 * count], ">u2").astype(np.float64)
    if len(entries) != count:
        raise ValueError("a curve that is cut short")
    if count > 1:
        return sampled(entries / 65_535)
    return Curve(entries[0] / 256 if count else 1.0)


def _parametric(element: memoryview) -> Function:
    kind = int.from_bytes(element[8:10], "big")
    if kind not in _PARAMETERS_OF_TYPE:
        raise ValueError("a curve by an unknown formula")
    fixed = struct.unpack_from(f">{_PARAMETERS_OF_TYPE[kind]}i", element, 12)
    gamma, *rest = (value / 65_536 for value in fixed)
    if kind == _POWER_ALONE:
        return Curve(gamma)
    if kind not in {_CUT_OFF, _CUT_OFF_AND_RAISED}:
        return Curve(gamma, *rest)
    a, b = rest[:2]
    if not a:
        raise ValueError("a curve that begins nowhere")
    raised = rest[2] if kind == _CUT_OFF_AND_RAISED else 0
    return Curve(gamma, a, b, start=-b / a, above=raised, below=raised)
