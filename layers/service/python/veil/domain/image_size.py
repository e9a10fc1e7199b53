"""How many pixels an image announces, read from the first bytes of its file.

Only enough to choose who works on it and to refuse what nobody would: the vision layer judges the whole
structure, and its word is the last. A test compares the two.
"""

import re

# What cameras write before the size is below this: EXIF with its thumbnail, XMP, a colour profile, some
# makers' own data. What announces its size only later counts as unknown.
HEADER_LENGTH = 256 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = slice(16, 24)
_JPEG = b"\xff\xd8\xff"
# ITU-T T.81, table B.1: frame headers are 0xC0 to 0xCF but DHT, JPG and DAC. Without a length come TEM,
# restarts and the start of the image; fill bytes and stuffed zeros are no markers.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ENDS_HEADER = frozenset({0xD9, 0xDA})
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")


def announced_pixels(head: bytes) -> int | None:
    """Return width times height, or None where these bytes do not say."""
    if head.startswith(_PNG):
        return _png_pixels(head)
    return _jpeg_pixels(head) if head.startswith(_JPEG) else None


def _png_pixels(head: bytes) -> int | None:
    size = head[_PNG_SIZE]
    return _product(size[:4], size[4:]) if len(size) == _PNG_SIZE.stop - _PNG_SIZE.start else None


def _jpeg_pixels(head: bytes) -> int | None:
    position = 2
    while found := _MARKER.search(head, position):
        kind, start = head[found.start() + 1], found.end()
        if kind in _FRAMES:
            # T.81, B.2.2: length, precision, lines, samples per line.
            size = head[start + 3 : start + 7]
            return _product(size[:2], size[2:]) if len(size) == 2 * 2 else None
        if kind in _ENDS_HEADER:
            return None
        position = start + max(int.from_bytes(head[start : start + 2]), 2)
    return None


def _product(first: bytes, second: bytes) -> int:
    return int.from_bytes(first) * int.from_bytes(second)
