"""JPEG files as a list of segments (ITU-T T.81, annex B), without decoding."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from veil_vision.errors import DefectiveImageError, UnsupportedImageError
from veil_vision.image.colour_profile import whole_profile
from veil_vision.image.header import ImageHeader, ImageLimits
from veil_vision.image.kinds import ImageFormat, PictureKind


class Marker(IntEnum):
    """Second bytes of the markers that this package names."""

    SOF0 = 0xC0
    SOF1 = 0xC1
    SOF2 = 0xC2
    DHT = 0xC4
    JPG = 0xC8
    SOF9 = 0xC9
    SOF10 = 0xCA
    DAC = 0xCC
    SOI = 0xD8
    EOI = 0xD9
    SOS = 0xDA
    DQT = 0xDB
    DRI = 0xDD
    APP0 = 0xE0
    APP1 = 0xE1
    APP2 = 0xE2
    APP13 = 0xED
    APP14 = 0xEE
    COM = 0xFE


JFIF, EXIF, ICC, ADOBE = b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"
XMP, FURTHER_PICTURES = b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0"
_GAIN_MAP = b"hdrgm:"
FRAMES = frozenset(range(0xC0, 0xD0)) - {Marker.DHT, Marker.JPG, Marker.DAC}
_SEQUENTIAL_FRAMES = {Marker.SOF0, Marker.SOF1, Marker.SOF9}
_READABLE_FRAMES = {Marker.SOF0, Marker.SOF1, Marker.SOF2, Marker.SOF9, Marker.SOF10}
_NEEDED_TO_DECODE = frozenset(range(0xC0, 0xE0)) - {Marker.SOI, Marker.EOI}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_MAX_SEGMENTS, _MAX_SCANS = 10_000, 100
_MIN_LENGTH = 2
# Behind the marker that starts the image.
_FIRST = 2
_FRAME_HEADER_BYTES, _SAMPLE_BITS = 6, 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment; that of a scan includes the entropy-coded data behind it.

    Attributes:
        marker: second byte of the marker.
        start: position of the marker's 0xFF.
        end: position behind the segment.
        payload: parameters, without marker and length.
    """

    marker: int
    start: int
    end: int
    payload: memoryview

    def starts_with(self, signature: bytes) -> bool:
        """Tell whether the payload begins with the signature of an application."""
        return self.payload[: len(signature)] == signature


def segments(data: memoryview) -> Iterator[Segment]:
    """Walk from the start of the image up to and including its end marker, skipping bytes between segments.

    Where all scans of a sequential JPEG are there and only the end marker is missing, one of no bytes stands for it.

    Raises:
        DefectiveImageError: There is no end, a length leads out of the file, a second image starts inside the
            first, or there are more segments or scans than any camera writes.
    """
    position, scans, frames = _FIRST, list[Segment](), list[Segment]()
    for _ in range(_MAX_SEGMENTS):
        segment = _segment_from(data, position)
        yield segment
        if segment.marker == Marker.EOI:
            return
        scans += [segment] if segment.marker == Marker.SOS else []
        frames += [segment] if segment.marker in FRAMES else []
        if len(scans) > _MAX_SCANS:
            raise DefectiveImageError(f"the JPEG has more than {_MAX_SCANS} scans")
        position = segment.end
        if position == len(data) and _has_every_channel(frames, scans):
            yield Segment(Marker.EOI, position, position, data[:0])
            return
    raise _too_many()


def _too_many() -> DefectiveImageError:
    return DefectiveImageError(f"the JPEG has more than {_MAX_SEGMENTS} segments")


def _has_every_channel(frames: Sequence[Segment], scans: Sequence[Segment]) -> bool:
    """Tell whether the scans of a sequential frame hold each of its channels; their rows are the decoder's to count."""
    if len(frames) != 1 or frames[0].marker not in _SEQUENTIAL_FRAMES:
        return False
    # Empty slices add up to nothing: a frame or a scan that is cut short has no channels.
    return sum(sum(scan.payload[:1]) for scan in scans) == sum(frames[0].payload[5:6]) > 0


def _segment_from(data: memoryview, position: int, *, whole_scan: bool = True) -> Segment:
    start = _next_marker(data, position)
    marker = data[start + 1]
    if marker == Marker.EOI:
        return Segment(marker, start, start + 2, data[:0])
    if marker == Marker.SOI:
        raise DefectiveImageError("a second JPEG starts inside the first")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    end = start + 2 + length
    if length < _MIN_LENGTH or end > len(data):
        raise DefectiveImageError("the JPEG is truncated or the length of a segment is wrong")
    payload = data[start + 4 : end]
    return Segment(marker, start, _end_of_scan(data, end) if whole_scan and marker == Marker.SOS else end, payload)


def _end_of_scan(data: memoryview, position: int) -> int:
    found = _NEXT_MARKER.search(data, position)
    return found.start() if found else len(data)


def _next_marker(data: memoryview, position: int) -> int:
    found = _NEXT_MARKER.search(data, position)
    if found is None:
        raise DefectiveImageError("the JPEG is truncated: it has no end")
    return found.start()


def read_header(data: memoryview, limits: ImageLimits) -> ImageHeader:
    """Return what the segments before the first scan announce.

    Raises:
        DefectiveImageError: The structure is broken, or there is not exactly one frame.
        UnsupportedImageError: Lossless, hierarchical or 12-bit JPEG, or a colour model of two channels.
        ImageTooLargeError: The frame exceeds the limits.
    """
    found = list(_before_scan(data))
    frames = [segment for segment in found if segment.marker in FRAMES]
    if len(frames) != 1:
        raise DefectiveImageError(f"the JPEG has {len(frames)} frame headers before its first scan, not one")
    width, height, channels = _frame_shape(frames[0])
    limits.check(width=width, height=height)
    return ImageHeader(
        kind=PictureKind.JPEG,
        format=ImageFormat.JPEG,
        width=width,
        height=height,
        bit_depth=_SAMPLE_BITS,
        channels=channels,
        exif=_application_data(found, EXIF),
        xmp=_application_data(found, XMP),
        icc=joined_profile(found, channels=channels),
        remarks=tuple(_dropped(found)),
    )


def _dropped(found: Sequence[Segment]) -> Iterator[str]:
    if _GAIN_MAP in (_application_data(found, XMP) or b""):
        yield "without the HDR gain map"
    elif any(segment.marker == Marker.APP2 and segment.starts_with(FURTHER_PICTURES) for segment in found):
        yield "without the further pictures in the file"


def _before_scan(data: memoryview) -> Iterator[Segment]:
    position = _FIRST
    for _ in range(_MAX_SEGMENTS):
        # Where a scan ends, megabytes later, nobody asks here.
        segment = _segment_from(data, position, whole_scan=False)
        if segment.marker in {Marker.SOS, Marker.EOI}:
            return
        yield segment
        position = segment.end
    raise _too_many()


def _frame_shape(frame: Segment) -> tuple[int, int, int]:
    """Return width, height and number of channels (T.81, B.2.2)."""
    parameters = bytes(frame.payload[:_FRAME_HEADER_BYTES])
    if len(parameters) < _FRAME_HEADER_BYTES:
        raise DefectiveImageError("the JPEG's frame header is too short")
    precision, channels = parameters[0], parameters[5]
    if frame.marker not in _READABLE_FRAMES or precision != _SAMPLE_BITS or channels not in {1, 3, 4}:
        raise UnsupportedImageError(
            f"JPEG of process {frame.marker:#x} with {channels} channels of {precision} bits is not supported"
        )
    return int.from_bytes(parameters[3:5], "big"), int.from_bytes(parameters[1:3], "big"), channels


def _application_data(found: Iterable[Segment], signature: bytes) -> bytes | None:
    blocks = (bytes(s.payload[len(signature) :]) for s in found if s.marker == Marker.APP1 and s.starts_with(signature))
    return next(blocks, None)


def joined_profile(found: Iterable[Segment], *, channels: int) -> bytes | None:
    """Return the profile that numbered APP2 parts make (ICC.1:2022, annex B.4); None if a part is missing."""
    parts = sorted(
        (bytes(s.payload[len(ICC) :]) for s in found if s.marker == Marker.APP2 and s.starts_with(ICC)),
        key=lambda part: part[:2],
    )
    expected = [bytes([number, len(parts)]) for number in range(1, len(parts) + 1)]
    if not parts or [part[:2] for part in parts] != expected:
        return None
    return whole_profile(b"".join(part[2:] for part in parts), channels=channels)


def only_pixels(data: memoryview) -> bytes:
    """Return the same image with nothing but what its decoder needs, up to the first end marker.

    Bytes between segments, odd application segments and whatever follows the image make a strict decoder
    complain about a picture that is whole; without them, a complaint means damage.

    Raises:
        DefectiveImageError: The structure is broken.
    """
    kept = (data[s.start : s.end] for s in segments(data) if s.marker in _NEEDED_TO_DECODE or _tells_colours(s))
    return b"".join([b"\xff\xd8", *kept, b"\xff\xd9"])


def _tells_colours(segment: Segment) -> bool:
    """Tell whether libjpeg chooses the colour conversion by this segment."""
    return (segment.marker == Marker.APP0 and segment.starts_with(JFIF)) or (
        segment.marker == Marker.APP14 and segment.starts_with(ADOBE)
    )


def with_metadata(data: bytes, *, exif: bytes | None, xmp: bytes | None, icc: bytes | None) -> bytes:
    """Return a freshly encoded JPEG with EXIF, XMP and colour profile inserted behind its JFIF segment."""
    behind_jfif = next(segments(memoryview(data))).end
    inserted = [_packed(Marker.APP1, EXIF + exif)] if exif else []
    inserted += [_packed(Marker.APP1, XMP + xmp)] if xmp else []
    inserted += [_packed(Marker.APP2, ICC + b"\1\1" + icc)] if icc else []
    return b"".join([data[:behind_jfif], *inserted, memoryview(data)[behind_jfif:]])


def _packed(marker: Marker, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
