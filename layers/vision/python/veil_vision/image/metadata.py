"""The few facts about a photo that may be carried on: read with suspicion, written afresh."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from veil_vision.image.panorama_xmp import Panorama, write_panorama
from veil_vision.image.position_xmp import read_position
from veil_vision.image.tiff_fields import Directory, Field, Kind, TiffBlock, pack_directories

_ORIENTATION, _EXIF_POINTER, _GPS_POINTER = 0x0112, 0x8769, 0x8825
_INTEROP_POINTER, _INTEROP_INDEX, _ADOBE_RGB = 0xA005, 0x0001, b"R03\0"
_CAPTURED, _LATITUDE, _LONGITUDE = 0x9003, 0x02, 0x04
UPRIGHT, _LAST_ORIENTATION = 1, 8

_DATE = re.compile(rb"(\d{4}):([ \d]\d):([ \d]\d)")
_DATE_AND_TIME = re.compile(_DATE.pattern + rb" ([ \d]\d):([ \d]\d):([ \d]\d)")

# Returns a value in the one form in which it is written, or None for one that may not be kept.
_Rule = Callable[[Field], Field | None]


def _text(pattern: str) -> _Rule:
    compiled = re.compile(pattern.encode())

    def read(found: Field) -> Field | None:
        text = _stripped(found)
        return _ascii(text) if compiled.fullmatch(text) else None

    return read


def _moment(pattern: re.Pattern[bytes]) -> _Rule:
    """Read numbers that some cameras pad with a blank instead of a zero."""

    def read(found: Field) -> Field | None:
        parts = pattern.fullmatch(_stripped(found))
        if parts is None:
            return None
        numbers = [part.replace(b" ", b"0") for part in parts.groups()]
        return _ascii(b" ".join(b":".join(numbers[start : start + 3]) for start in range(0, len(numbers), 3)))

    return read


def _stripped(found: Field) -> bytes:
    """Return a text without what cameras pad it with; nothing where it is no text."""
    return found.payload.rstrip(b"\0 ") if found.kind is Kind.ASCII else b""


def _ascii(text: bytes) -> Field:
    return Field(Kind.ASCII, text + b"\0")


def _ratios(count: int, *, highest: int) -> _Rule:
    """Read ratios of either kind that are not negative."""

    def read(found: Field) -> Field | None:
        if found.kind not in {Kind.RATIONAL, Kind.SIGNED_RATIONAL} or found.count != count:
            return None
        numbers = found.numbers()
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        plausible = all(denominator > 0 and 0 <= numerator <= highest * denominator for numerator, denominator in pairs)
        return Field(Kind.RATIONAL, found.payload) if plausible else None

    return read


def _octets(count: int, *, highest: int) -> _Rule:
    def read(found: Field) -> Field | None:
        plausible = found.kind is Kind.BYTE and found.count == count and max(found.numbers()) <= highest
        return found if plausible else None

    return read


_CAPTURE_TIME: Mapping[int, _Rule] = {
    0x9003: _moment(_DATE_AND_TIME),  # DateTimeOriginal
    0x9011: _text(r"[+-]\d\d:\d\d"),  # OffsetTimeOriginal
    0x9291: _text(r"\d{1,9}"),  # SubSecTimeOriginal
}
_GPS: Mapping[int, _Rule] = {
    0x00: _octets(4, highest=4),  # GPSVersionID
    0x01: _text("[NS]"),  # GPSLatitudeRef
    0x02: _ratios(3, highest=90),  # GPSLatitude: degrees, minutes, seconds
    0x03: _text("[EW]"),  # GPSLongitudeRef
    0x04: _ratios(3, highest=180),  # GPSLongitude
    0x05: _octets(1, highest=3),  # GPSAltitudeRef
    0x06: _ratios(1, highest=100_000),  # GPSAltitude in metres
    0x07: _ratios(3, highest=60),  # GPSTimeStamp: hours, minutes, seconds
    0x0B: _ratios(1, highest=10_000),  # GPSDOP
    0x0C: _text("[KMN]"),  # GPSSpeedRef
    0x0D: _ratios(1, highest=100_000),  # GPSSpeed
    0x0E: _text("[TM]"),  # GPSTrackRef
    0x0F: _ratios(1, highest=360),  # GPSTrack in degrees
    0x10: _text("[TM]"),  # GPSImgDirectionRef
    0x11: _ratios(1, highest=360),  # GPSImgDirection in degrees
    0x12: _text("WGS-?84"),  # GPSMapDatum
    0x1D: _moment(_DATE),  # GPSDateStamp
    0x1F: _ratios(1, highest=100_000),  # GPSHPositioningError in metres
}
# When the position was taken is when the photo was.
_GPS_TIME = frozenset({0x07, 0x1D})


@dataclass(frozen=True, slots=True)
class MetadataPolicy:
    """What of a photo's metadata its anonymized version keeps."""

    capture_time: bool = False
    gps: bool = False
    panorama: bool = False


@dataclass(frozen=True, slots=True)
class KeptMetadata:
    """Everything in a photo's metadata that some policy may keep, and what is needed to show it.

    Attributes:
        orientation: how the stored pixels lie, 1 to 8 as in EXIF 2.32; written only where they stay so.
        capture_time: fields of the Exif directory by tag.
        gps: fields of the GPS directory by tag.
        adobe_rgb: whether the colours are Adobe RGB's, as EXIF says it (DCF 2.0); becomes a profile.
        panorama: how it lies on the sphere, where it fits the picture.
    """

    orientation: int = UPRIGHT
    capture_time: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    adobe_rgb: bool = False
    panorama: Panorama | None = None


def read_metadata(exif: bytes | None, xmp: bytes | None = None) -> KeptMetadata:
    """Return what the allow-list finds in a TIFF block; what is broken, implausible or unknown is left out.

    Of an XMP packet only the position is read, where the block tells none.
    """
    found = _read_exif(exif)
    told = {} if _has_position(found.gps) else _allowed(read_position(xmp or b""), _GPS)
    return replace(found, gps={**found.gps, **told})


def _read_exif(exif: bytes | None) -> KeptMetadata:
    try:
        block = TiffBlock(exif or b"")
        main = block.main_directory()
    except ValueError:  # a photo is not refused because its metadata are broken
        return KeptMetadata()
    camera = _directory(block, main.get(_EXIF_POINTER))
    interop = _directory(block, camera.get(_INTEROP_POINTER)).get(_INTEROP_INDEX)
    return KeptMetadata(
        _orientation(main),
        _allowed(camera, _CAPTURE_TIME),
        _allowed(_directory(block, main.get(_GPS_POINTER)), _GPS),
        adobe_rgb=interop is not None and interop.payload == _ADOBE_RGB,
    )


def _orientation(main: Directory) -> int:
    found = main.get(_ORIENTATION)
    if found is None or found.kind is not Kind.SHORT or found.count != 1:
        return UPRIGHT
    (value,) = found.numbers()
    return value if UPRIGHT <= value <= _LAST_ORIENTATION else UPRIGHT


def _directory(block: TiffBlock, pointer: Field | None) -> Directory:
    if pointer is None or pointer.kind is not Kind.LONG or pointer.count != 1:
        return {}
    try:
        return block.directory_at(pointer.numbers()[0])
    except ValueError:  # as above: nothing can be kept, and that is all
        return {}


def _allowed(found: Directory, rules: Mapping[int, _Rule]) -> Directory:
    known = ((tag, rules[tag](value)) for tag, value in sorted(found.items()) if tag in rules)
    return {tag: value for tag, value in known if value is not None}


def write_exif(metadata: KeptMetadata, policy: MetadataPolicy, *, orientation: int = UPRIGHT) -> bytes | None:
    """Return a fresh TIFF block with what the policy keeps and how the pixels lie, or None where that is nothing."""
    directories = {
        _EXIF_POINTER: metadata.capture_time if policy.capture_time else {},
        _GPS_POINTER: _position(metadata, policy) if policy.gps else {},
    }
    kept = {pointer: fields for pointer, fields in directories.items() if fields}
    main = {} if orientation == UPRIGHT else {_ORIENTATION: Field(Kind.SHORT, orientation.to_bytes(2, "big"))}
    return pack_directories(kept, main) if kept or main else None


def write_xmp(metadata: KeptMetadata, policy: MetadataPolicy) -> bytes | None:
    """Return a fresh XMP packet with what the policy keeps, or None where that is nothing."""
    return write_panorama(metadata.panorama) if policy.panorama and metadata.panorama else None


def not_kept(metadata: KeptMetadata, policy: MetadataPolicy) -> tuple[str, ...]:
    """Return in words what the policy asks for and the photo does not hold in a form that may be kept."""
    missing = {
        "no capture time to keep": policy.capture_time and _CAPTURED not in metadata.capture_time,
        "no position to keep": policy.gps and not _has_position(metadata.gps),
    }
    return tuple(words for words, is_missing in missing.items() if is_missing)


def _has_position(gps: Directory) -> bool:
    return gps.keys() >= {_LATITUDE, _LONGITUDE}


def _position(metadata: KeptMetadata, policy: MetadataPolicy) -> Directory:
    if policy.capture_time:
        return metadata.gps
    return {tag: value for tag, value in metadata.gps.items() if tag not in _GPS_TIME}


def is_own_exif(exif: bytes) -> bool:
    """Tell whether a TIFF block is byte for byte what `write_exif` makes of the values in it."""
    found = read_metadata(exif)
    return write_exif(found, MetadataPolicy(capture_time=True, gps=True), orientation=found.orientation) == exif
