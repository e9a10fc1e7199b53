"""PNG files as a list of chunks (W3C PNG, third edition, section 5), without inflating pixels."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from veil_vision.errors import DefectiveImageError, UnsupportedImageError
from veil_vision.image.colour_profile import MAX_PROFILE_BYTES, is_own_profile, whole_profile
from veil_vision.image.header import ImageHeader, ImageLimits
from veil_vision.image.kinds import ImageFormat, PictureKind
from veil_vision.image.png_colours import COLOUR_CHUNK_BYTES

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED_TO_DECODE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_CHANNELS_OF_COLOUR_TYPE = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}
_WITH_ALPHA = frozenset({4, 6})
_DEPTHS_OF_COLOUR_TYPE = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_HEADER = struct.Struct(">IIBBBBB")
_MAX_CHUNKS = 500_000
_CASE_BIT = 0x20
_EXIF_PREFIX = b"Exif\0\0"
_PROFILE_NAME = b"ICC profile"
_HEADER_END = len(SIGNATURE) + 12 + _HEADER.size


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk.

    Attributes:
        type: its four letters.
        start: position of its length.
        end: position behind its checksum.
        payload: its data.
        intact: whether the checksum fits; always so where a decoder needs the chunk.
    """

    type: bytes
    start: int
    end: int
    payload: memoryview
    intact: bool


def chunks(data: memoryview) -> Iterator[Chunk]:
    """Walk from the first chunk up to and including IEND.

    Raises:
        DefectiveImageError: A chunk leads out of the file, there is no IEND, or the checksum of a chunk is wrong
            without which the pixels cannot be decoded.
    """
    position = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        chunk = _chunk_at(data, position)
        yield chunk
        if chunk.type == b"IEND":
            return
        position = chunk.end
    raise DefectiveImageError(f"the PNG has more than {_MAX_CHUNKS} chunks")


def _chunk_at(data: memoryview, start: int) -> Chunk:
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    if end > len(data):
        raise DefectiveImageError("the PNG is truncated")
    name = bytes(data[start + 4 : start + 8])
    intact = zlib.crc32(data[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
    if not intact and name in _NEEDED_TO_DECODE:
        raise DefectiveImageError("a chunk of the PNG has a wrong checksum")
    return Chunk(name, start, end, data[start + 8 : end - 4], intact)


def read_header(data: memoryview, limits: ImageLimits) -> ImageHeader:
    """Return what IHDR and the ancillary chunks announce.

    Raises:
        DefectiveImageError: The structure is broken or IHDR makes no sense.
        UnsupportedImageError: There is a critical chunk that Veil does not know.
        ImageTooLargeError: The image exceeds the limits.
    """
    width, height, bit_depth, colour_type = _image_header(_chunk_at(data, len(SIGNATURE)))
    limits.check(width=width, height=height)
    found = {chunk.type: chunk.payload for chunk in chunks(data) if _is_known(chunk)}
    channels = _CHANNELS_OF_COLOUR_TYPE[colour_type]
    return ImageHeader(
        kind=PictureKind.PNG,
        format=ImageFormat.PNG,
        width=width,
        height=height,
        bit_depth=bit_depth,
        channels=channels,
        is_transparent=colour_type in _WITH_ALPHA or b"tRNS" in found,
        exif=bytes(found[b"eXIf"]).removeprefix(_EXIF_PREFIX) if b"eXIf" in found else None,
        icc=profile(found[b"iCCP"], channels=channels) if b"iCCP" in found else None,
        remarks=("only the first picture of an animation",) if b"acTL" in found else (),
        colour=tuple((name, bytes(found[name])) for name in sorted(found) if _tells_colours(name, found[name])),
    )


def _image_header(chunk: Chunk) -> tuple[int, int, int, int]:
    if chunk.type != b"IHDR" or len(chunk.payload) != _HEADER.size:
        raise DefectiveImageError("the PNG does not start with a header")
    width, height, bit_depth, colour_type, compression, filtering, interlace = _HEADER.unpack(chunk.payload)
    if bit_depth not in _DEPTHS_OF_COLOUR_TYPE.get(colour_type, ()) or compression or filtering or interlace > 1:
        raise DefectiveImageError("the PNG's header announces what no PNG has")
    return width, height, bit_depth, colour_type


def _is_known(chunk: Chunk) -> bool:
    is_critical = not chunk.type[0] & _CASE_BIT
    if is_critical and chunk.type not in _CRITICAL:
        raise UnsupportedImageError("the PNG has a critical chunk of unknown type")
    return chunk.intact and chunk.type != b"IDAT"


def _tells_colours(name: bytes, payload: memoryview) -> bool:
    return COLOUR_CHUNK_BYTES.get(name) == len(payload)


def profile(payload: memoryview, *, channels: int) -> bytes | None:
    """Return the profile in an iCCP chunk, or None where it is broken, too large or does not fit."""
    compressed = bytes(payload).partition(b"\0")[2][1:]
    try:
        inflated = zlib.decompressobj().decompress(compressed, MAX_PROFILE_BYTES)
    except zlib.error:  # a photo is not refused because its profile is broken
        return None
    return whole_profile(inflated, channels=channels)


def profile_chunk(icc: bytes) -> bytes:
    """Return the iCCP chunk for a profile; equal profiles make equal bytes."""
    return packed(b"iCCP", _PROFILE_NAME + b"\0\0" + zlib.compress(icc))


def is_own_profile_chunk(payload: memoryview) -> bool:
    """Tell whether an iCCP chunk is byte for byte what `profile_chunk` makes of a profile of our own."""
    found = profile(payload, channels=1) or profile(payload, channels=3)
    return found is not None and is_own_profile(found) and profile_chunk(found)[8:-4] == payload


def packed(name: bytes, payload: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    checksum = zlib.crc32(payload, zlib.crc32(name))
    return len(payload).to_bytes(4, "big") + name + payload + checksum.to_bytes(4, "big")


def only_pixels(data: memoryview) -> bytes:
    """Return the same still image with nothing but what its decoder needs, up to IEND.

    Raises:
        DefectiveImageError: The structure is broken.
    """
    kept = (data[chunk.start : chunk.end] for chunk in chunks(data) if chunk.type in _NEEDED_TO_DECODE)
    return b"".join([SIGNATURE, *kept])


def with_chunks(data: bytes, extra: Iterable[bytes]) -> bytes:
    """Return a freshly encoded PNG with packed chunks inserted behind its header."""
    return b"".join([data[:_HEADER_END], *extra, memoryview(data)[_HEADER_END:]])


def replace_header(data: bytes, *, bit_depth: int, colour_type: int) -> bytes:
    """Return a freshly encoded PNG whose header gives its bytes another meaning."""
    old = memoryview(data)[len(SIGNATURE) + 8 : _HEADER_END - 4]
    header = packed(b"IHDR", bytes(old[:8]) + bytes([bit_depth, colour_type]) + bytes(old[10:]))
    return b"".join([SIGNATURE, header, memoryview(data)[_HEADER_END:]])
