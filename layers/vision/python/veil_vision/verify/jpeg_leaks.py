"""What must not be in a published JPEG."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from veil_vision.errors import DefectiveImageError
from veil_vision.image.jpeg_segments import ADOBE, EXIF, FRAMES, ICC, JFIF, Marker, Segment, joined_profile, segments
from veil_vision.image.metadata import is_own_exif

_ALWAYS_ALLOWED = frozenset(
    {Marker.SOF0, Marker.SOF1, Marker.SOF2, Marker.DHT, Marker.DQT, Marker.DRI, Marker.SOS, Marker.EOI}
)
_AT_MOST_ONE = (Marker.APP0, Marker.APP1, Marker.APP14)
_ADOBE_BYTES = 12
_NAMES: Mapping[tuple[int, bytes], str] = {
    (Marker.APP0, b"JFIF"): "JFIF thumbnail",
    (Marker.APP0, b"JFXX"): "JFXX thumbnail",
    (Marker.APP1, b"Exif"): "EXIF beyond the allow-list",
    (Marker.APP1, b"http"): "XMP",
    (Marker.APP2, b"MPF\0"): "MPF index of further pictures",
    (Marker.APP13, b"Phot"): "Photoshop resources",
}


def scan(data: memoryview) -> tuple[str, ...]:
    """Name everything that is not pixels, a whole colour profile or Veil's own EXIF."""
    try:
        found = list(segments(data))
    except DefectiveImageError as error:
        return (f"broken structure: {error}",)
    return (*_foreign(found), *_profile_faults(found), *_repeated(found), *_loose_bytes(data, found))


def _foreign(found: Sequence[Segment]) -> Iterator[str]:
    for segment in found:
        if not _is_allowed(segment):
            yield _NAMES.get((segment.marker, bytes(segment.payload[:4])), f"segment {segment.marker:#x}")


def _is_allowed(segment: Segment) -> bool:
    match segment.marker:
        case Marker.APP0:
            return segment.starts_with(JFIF) and bytes(segment.payload[12:]) == b"\0\0"
        case Marker.APP1:
            return segment.starts_with(EXIF) and is_own_exif(bytes(segment.payload[len(EXIF) :]))
        case Marker.APP2:
            return segment.starts_with(ICC)
        case Marker.APP14:
            return segment.starts_with(ADOBE) and len(segment.payload) == _ADOBE_BYTES
        case marker:
            return marker in _ALWAYS_ALLOWED


def _profile_faults(found: Sequence[Segment]) -> Iterator[str]:
    parts = [segment.payload[len(ICC) + 2 :] for segment in found if segment.starts_with(ICC)]
    channels = next((int.from_bytes(frame.payload[5:6]) for frame in found if frame.marker in FRAMES), 0)
    if parts and joined_profile(found, channels=channels) != b"".join(parts):
        yield "malformed colour profile"


def _repeated(found: Sequence[Segment]) -> Iterator[str]:
    times = Counter(segment.marker for segment in found)
    yield from (f"more than one {marker.name}" for marker in _AT_MOST_ONE if times[marker] > 1)
    if sum(times[marker] for marker in FRAMES) != 1:
        yield "not exactly one frame"


def _loose_bytes(data: memoryview, found: Sequence[Segment]) -> Iterator[str]:
    if found[0].start != len(b"\xff\xd8") or any(after.start != before.end for before, after in pairwise(found)):
        yield "bytes between segments"
    if found[-1].end != len(data):
        yield "bytes behind the image"
