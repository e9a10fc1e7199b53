"""What must not be in a published JPEG."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from veil_vision.errors import DefectiveImageError
from veil_vision.image.colour_profile import is_own_profile
from veil_vision.image.jpeg_segments import EXIF, FRAMES, ICC, JFIF, XMP, Marker, Segment, joined_profile, segments
from veil_vision.image.metadata import is_own_exif
from veil_vision.image.panorama_xmp import is_own_xmp

_ALWAYS_ALLOWED = frozenset(
    {Marker.SOF0, Marker.SOF1, Marker.SOF2, Marker.DHT, Marker.DQT, Marker.DRI, Marker.SOS, Marker.EOI}
)
_AT_MOST_ONE = (Marker.APP0, Marker.APP2)
_AT_MOST_ONE_OF_EACH = {EXIF: "EXIF", XMP: "XMP"}
# Version 1.1, square pixels of no stated size, no thumbnail: what libjpeg writes.
_PLAIN_JFIF = JFIF + b"\1\1\0\0\1\0\1\0\0"
_NAMES: Mapping[tuple[int, bytes], str] = {
    (Marker.APP0, b"JFIF"): "JFIF thumbnail or density",
    (Marker.APP0, b"JFXX"): "JFXX thumbnail",
    (Marker.APP1, b"Exif"): "EXIF beyond the allow-list",
    (Marker.APP1, b"http"): "XMP",
    (Marker.APP2, b"MPF\0"): "MPF index of further pictures",
    (Marker.APP13, b"Phot"): "Photoshop resources",
}


def scan(data: memoryview) -> tuple[str, ...]:
    """Name everything that is not pixels, a colour profile of our own or Veil's own EXIF and XMP."""
    try:
        found = list(segments(data))
    except DefectiveImageError as error:
        return (f"broken structure: {error}",)
    return (*_foreign(found, _size(found)), *_profile_faults(found), *_repeated(found), *_loose_bytes(data, found))


def _size(found: Sequence[Segment]) -> tuple[int, int]:
    """Return width and height, 0 where no frame says them (T.81, B.2.2)."""
    sizes = (bytes(frame.payload[1:5]) for frame in found if frame.marker in FRAMES)
    size = next(sizes, b"")
    return int.from_bytes(size[2:]), int.from_bytes(size[:2])


def _foreign(found: Sequence[Segment], size: tuple[int, int]) -> Iterator[str]:
    for segment in found:
        if not _is_allowed(segment, size):
            yield _NAMES.get((segment.marker, bytes(segment.payload[:4])), f"segment {segment.marker:#x}")


def _is_allowed(segment: Segment, size: tuple[int, int]) -> bool:
    match segment.marker:
        case Marker.APP0:
            return bytes(segment.payload) == _PLAIN_JFIF
        case Marker.APP1 if segment.starts_with(XMP):
            return is_own_xmp(bytes(segment.payload[len(XMP) :]), width=size[0], height=size[1])
        case Marker.APP1:
            return segment.starts_with(EXIF) and is_own_exif(bytes(segment.payload[len(EXIF) :]))
        case Marker.APP2:
            return segment.starts_with(ICC)
        case marker:
            return marker in _ALWAYS_ALLOWED


def _profile_faults(found: Sequence[Segment]) -> Iterator[str]:
    parts = [bytes(segment.payload[len(ICC) + 2 :]) for segment in found if segment.starts_with(ICC)]
    channels = next((int.from_bytes(frame.payload[5:6]) for frame in found if frame.marker in FRAMES), 0)
    profile = joined_profile(found, channels=channels)
    if parts and (profile is None or parts != [profile] or not is_own_profile(profile)):
        yield "colour profile of another maker"


def _repeated(found: Sequence[Segment]) -> Iterator[str]:
    times = Counter(segment.marker for segment in found)
    yield from (f"more than one {marker.name}" for marker in _AT_MOST_ONE if times[marker] > 1)
    for signature, name in _AT_MOST_ONE_OF_EACH.items():
        if sum(each.marker == Marker.APP1 and each.starts_with(signature) for each in found) > 1:
            yield f"more than one {name}"
    if sum(times[marker] for marker in FRAMES) != 1:
        yield "not exactly one frame"


def _loose_bytes(data: memoryview, found: Sequence[Segment]) -> Iterator[str]:
    if found[0].start != len(b"\xff\xd8") or any(after.start != before.end for before, after in pairwise(found)):
        yield "bytes between segments"
    if found[-1].start == found[-1].end:
        yield "no end marker"
    if found[-1].end != len(data):
        yield "bytes behind the image"
