"""How many pixels an image announces, and how much memory they take, read from the first bytes of its file.

Only enough to choose who works on it and to refuse what nobody would: the vision layer judges the whole
structure, and its word is the last. A test compares the two.
"""

import math
import re

# What cameras write before the size is below this: EXIF with its thumbnail, XMP, a colour profile, some
# makers' own data. What announces its size only later counts as unknown.
HEADER_LENGTH = 256 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE, _PNG_DEPTH, _PNG_COLOURS = slice(16, 24), 24, 25
# By colour type (W3C PNG, third edition, table 9): samples of colour as decoded, and whether there is an alpha channel.
_PNG_CHANNELS = {0: (1, False), 2: (3, False), 3: (3, False), 4: (1, True), 6: (3, True)}
_PNG_CHUNKS = 33
_CMYK = 4
_BYTES_OF_PLAIN_COLOUR = 3
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


def announced_room(head: bytes) -> int | None:
    """Return how many pixels of plain colour take as much memory as the image, or None where these bytes do not say."""
    pixels = announced_pixels(head)
    if pixels is None:
        return None
    return pixels * (_png_weight(head) if head.startswith(_PNG) else _jpeg_weight(head))


def weight(*, channels: int, bit_depth: int, is_transparent: bool) -> int:
    """Return how many pixels of plain colour, three samples of 8 bits, take as much memory as one of these.

    Measured, from file to file: 12 bytes for plain ones; docs/decisions/0055-lanes-by-memory.md.

    Args:
        channels: Samples of colour, without transparency.
        bit_depth: Bits of a sample.
        is_transparent: Whether pixels may be transparent: then they are looked at on two grounds as well.
    """
    return math.ceil(channels * math.ceil(bit_depth / 8) / _BYTES_OF_PLAIN_COLOUR) + is_transparent


def _png_weight(head: bytes) -> int:
    channels, has_alpha = _PNG_CHANNELS.get(head[_PNG_COLOURS], (3, True))
    return weight(channels=channels, bit_depth=head[_PNG_DEPTH], is_transparent=has_alpha or _may_have_key(head))


def _may_have_key(head: bytes) -> bool:
    """Say whether a colour or a palette entry is transparent, or may be: `tRNS` comes before the pixels."""
    place = _PNG_CHUNKS
    while (name := head[place + 4 : place + 8]) not in {b"IDAT", b"tRNS"}:
        if len(name) < len(b"tRNS"):
            return True
        place += 12 + int.from_bytes(head[place : place + 4])
    return name == b"tRNS"


def _jpeg_weight(head: bytes) -> int:
    frame = _jpeg_frame(head)
    return weight(channels=_CMYK if frame[5:6] == bytes([_CMYK]) else 3, bit_depth=8, is_transparent=False)


def _png_pixels(head: bytes) -> int | None:
    size = head[_PNG_SIZE]
    return _product(size[:4], size[4:]) if len(size) == _PNG_SIZE.stop - _PNG_SIZE.start else None


def _jpeg_pixels(head: bytes) -> int | None:
    size = _jpeg_frame(head)[1:5]
    return _product(size[:2], size[2:]) if len(size) == 2 * 2 else None


def _jpeg_frame(head: bytes) -> bytes:
    """Return what a frame header says: precision, lines, samples per line, components (T.81, B.2.2)."""
    position = 2
    while found := _MARKER.search(head, position):
        kind, start = head[found.start() + 1], found.end()
        if kind in _FRAMES:
            return head[start + 2 : start + 8]
        if kind in _ENDS_HEADER:
            break
        position = start + max(int.from_bytes(head[start : start + 2]), 2)
    return b""


def _product(first: bytes, second: bytes) -> int:
    return int.from_bytes(first) * int.from_bytes(second)
