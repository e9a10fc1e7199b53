"""Where a photo was taken, as XMP says it (exif namespace, XMP 2016 part 2): for files whose EXIF does not.

Read without an XML parser, since nothing but these numbers is taken over.
"""

import re
import struct

from veil_vision.image.tiff_fields import Directory, Field, Kind

_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)
_PROPERTY = re.compile(rb"""exif:GPS(\w{1,40})\s*(?:=\s*["']([^"']{1,40})["']|>([^<]{1,40})<)""")
# Degrees, then minutes with a fraction or minutes and seconds, then the half of the earth.
_COORDINATE = re.compile(rb"(\d{1,3}),(\d{1,2})(?:\.(\d{1,7})\d*|,(\d{1,2}))?([NSEW])")
_RATIO = re.compile(rb"(\d{1,9})(?:/(\d{1,9}))?")


def read_position(xmp: bytes) -> Directory:
    """Return the fields of a GPS directory that an XMP packet tells, nothing where it tells no whole position."""
    found = {name: (value or content).strip() for name, value, content in _PROPERTY.findall(xmp)}
    latitude = _coordinate(found.get(b"Latitude", b""), b"NS")
    longitude = _coordinate(found.get(b"Longitude", b""), b"EW")
    if latitude is None or longitude is None:
        return {}
    return {
        _LATITUDE_REF: latitude[0],
        _LATITUDE: latitude[1],
        _LONGITUDE_REF: longitude[0],
        _LONGITUDE: longitude[1],
        **_altitude(found),
    }


def _coordinate(text: bytes, halves: bytes) -> tuple[Field, Field] | None:
    parts = _COORDINATE.fullmatch(text)
    if parts is None or parts[5] not in halves:
        return None
    fraction, seconds = parts[3] or b"", int(parts[4] or 0)
    scale = 10 ** len(fraction)
    minutes = int(parts[2]) * scale + int(fraction or 0)
    return Field(Kind.ASCII, parts[5] + b"\0"), _ratios(int(parts[1]), 1, minutes, scale, seconds, 1)


def _altitude(found: dict[bytes, bytes]) -> Directory:
    parts, reference = _RATIO.fullmatch(found.get(b"Altitude", b"")), found.get(b"AltitudeRef", b"0")
    if parts is None or reference not in {b"0", b"1"}:
        return {}
    altitude = _ratios(int(parts[1]), int(parts[2] or 1))
    return {_ALTITUDE_REF: Field(Kind.BYTE, bytes([int(reference)])), _ALTITUDE: altitude}


def _ratios(*numbers: int) -> Field:
    return Field(Kind.RATIONAL, struct.pack(f">{len(numbers)}I", *numbers))
