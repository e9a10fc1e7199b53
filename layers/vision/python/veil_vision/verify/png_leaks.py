"""What must not be in a published PNG."""

from collections import Counter
from collections.abc import Iterator

from veil_vision.errors import DefectiveImageError
from veil_vision.image.metadata import is_own_exif
from veil_vision.image.png_chunks import Chunk, chunks, is_own_profile_chunk
from veil_vision.image.png_colours import may_stay

_ALWAYS_ALLOWED = frozenset({b"IHDR", b"IDAT", b"IEND"})


def scan(data: memoryview) -> tuple[str, ...]:
    """Name everything that is not pixels, the meaning of their numbers or Veil's own EXIF."""
    try:
        found = list(chunks(data))
    except DefectiveImageError as error:
        return (f"broken structure: {error}",)
    return (*_foreign(found), *_repeated(found), *_loose_bytes(data, found))


def _foreign(found: list[Chunk]) -> Iterator[str]:
    for chunk in found:
        if not _is_allowed(chunk):
            yield f"chunk {chunk.type.decode('latin-1')}"
        elif not chunk.intact:
            yield f"a checksum of chunk {chunk.type.decode('latin-1')} that is none"


def _is_allowed(chunk: Chunk) -> bool:
    if chunk.type == b"eXIf":
        return is_own_exif(bytes(chunk.payload))
    if chunk.type == b"iCCP":
        return is_own_profile_chunk(chunk.payload)
    return chunk.type in _ALWAYS_ALLOWED or may_stay(chunk.type, bytes(chunk.payload))


def _repeated(found: list[Chunk]) -> Iterator[str]:
    times = Counter(chunk.type for chunk in found if chunk.type != b"IDAT")
    yield from (f"more than one {name.decode('latin-1')}" for name, count in times.items() if count > 1)


def _loose_bytes(data: memoryview, found: list[Chunk]) -> Iterator[str]:
    if found[-1].end != len(data):
        yield "bytes behind the image"
