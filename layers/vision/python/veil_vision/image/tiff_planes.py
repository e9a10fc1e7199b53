"""TIFFs whose colours lie in planes, one after the other (TIFF 6.0, section 8): each plane as a file of its own.

OpenCV takes the first plane of such a file for the whole picture, and Pillow has no mode for planes of 16 bits.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from veil_vision.errors import DefectiveImageError
from veil_vision.image.png_codec import decode_by_opencv
from veil_vision.image.samples import Samples, samples

_SAMPLES, _PHOTOMETRIC, _ZERO_IS_BLACK, _BITS = 277, 262, 1, 258
# Width, height, compression, orientation, rows of a strip, predictor, width and height of a tile.
_OF_EACH_PLANE = (256, 257, 259, 274, 278, 317, 322, 323)
# Where pieces of pixels lie and how many bytes each has, by strips or by tiles.
_STRIPS, _TILES = (273, 279), (324, 325)
_LONG, _LONG_BYTES, _MAGIC, _HEADER_BYTES = 4, 4, 42, 8


def decode_planes(data: memoryview, image: TiffImageFile) -> Samples:
    """Return uint16 (height, width, planes), turned as the file says, in the order of its planes.

    Raises:
        DefectiveImageError: The file is truncated or corrupt, or its planes differ.
    """
    decoded = [decode_by_opencv(file) for file in _files(data, image)]
    if len({(plane.shape, plane.dtype) for plane in decoded}) != 1 or decoded[0].dtype != np.uint16:
        raise DefectiveImageError("the TIFF's planes are not of one size and depth")
    return samples(np.stack(decoded, axis=-1))


def _files(data: memoryview, image: TiffImageFile) -> Iterator[bytes]:
    tags = image.tag_v2
    planes = _numbers(tags.get(_SAMPLES, 0))[0]
    places, lengths = _TILES if _TILES[0] in tags else _STRIPS
    starts, sizes = _numbers(tags.get(places, ())), _numbers(tags.get(lengths, ()))
    each = len(starts) // planes if planes else 0
    if not each or len(starts) != each * planes or len(sizes) != len(starts):
        raise DefectiveImageError("the TIFF does not say where its planes lie")
    # Pieces that share bytes could be many times as long as the file.
    if sum(sizes) > len(data) or any(start + size > len(data) for start, size in zip(starts, sizes, strict=True)):
        raise DefectiveImageError("the TIFF is truncated")
    shared = {tag: _numbers(tags[tag]) for tag in _OF_EACH_PLANE if tag in tags}
    for first in range(0, len(starts), each):
        mine = range(first, first + each)
        pieces = [data[starts[index] : starts[index] + sizes[index]] for index in mine]
        offsets = accumulate(map(len, pieces[:-1]), initial=_HEADER_BYTES)
        placed = {places: tuple(offsets), lengths: tuple(map(len, pieces))}
        told = {**shared, **placed, _SAMPLES: (1,), _BITS: (16,), _PHOTOMETRIC: (_ZERO_IS_BLACK,)}
        yield _packed(told, pieces, order="<" if tags.prefix == b"II" else ">")


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,)  # type: ignore[return-value]  # of tags of numbers


def _packed(tags: Mapping[int, Sequence[int]], pieces: Sequence[memoryview], *, order: str) -> bytes:
    """Return a TIFF of pieces of pixels with their description behind them, every number as 32 bits."""
    place = _HEADER_BYTES + sum(map(len, pieces))
    entries, lists = [], []
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        value = packed
        if len(packed) > _LONG_BYTES:
            value, place = struct.pack(f"{order}I", place), place + len(packed)
            lists.append(packed)
        entries.append(struct.pack(f"{order}HHI", tag, _LONG, len(numbers)) + value)
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", _MAGIC, place)
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(_LONG_BYTES)
    return b"".join([header, *pieces, *lists, directory])
