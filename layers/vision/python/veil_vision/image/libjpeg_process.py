"""The process that copies a JPEG's coefficients: only the standard library is imported, so it starts in 30 ms.

It reads one line of JSON, {"jpeg": bytes, "planes": [...], "runs": [[component, row, column, blocks]]}: the length of
a JPEG, its planes as `_Source.planes` returns them, and which of its blocks are meant. Then comes the JPEG, and then
either coefficients for these blocks, int16 in the machine's order, 64 a block, row by row; or another JPEG to compare.
libjpeg ends the process where it meets an error, which is why it has one of its own.
"""

import hashlib
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from ctypes import (
    CDLL,
    POINTER,
    addressof,
    byref,
    c_char_p,
    c_int,
    c_size_t,
    c_ubyte,
    c_ulong,
    c_void_p,
    memmove,
    memset,
    sizeof,
    string_at,
)
from typing import BinaryIO

from veil_vision.image.libjpeg_layout import VERSION, Block, Component, Compressor, Decompressor, ErrorManager

_GREY, _YCBCR = 1, 3
Run = Sequence[int]


class _Source:
    """The coefficients of a JPEG, all in memory."""

    def __init__(self, libjpeg: CDLL, data: bytes) -> None:
        self._libjpeg, self._data = libjpeg, data
        self.decompressor, self.errors = Decompressor(), ErrorManager()
        self.decompressor.errors = libjpeg.jpeg_std_error(byref(self.errors))
        libjpeg.jpeg_CreateDecompress(byref(self.decompressor), VERSION, sizeof(Decompressor))
        libjpeg.jpeg_mem_src(byref(self.decompressor), data, len(data))
        libjpeg.jpeg_read_header(byref(self.decompressor), 1)
        if self.decompressor.colour_space not in {_GREY, _YCBCR}:
            sys.exit("its colours are neither grey nor YCbCr")
        self.arrays = libjpeg.jpeg_read_coefficients(byref(self.decompressor))
        if self.errors.warnings:
            sys.exit("it is damaged")

    @property
    def components(self) -> list[Component]:
        """What the frame says of each plane."""
        return list(self.decompressor.components[: self.decompressor.component_count])

    def planes(self) -> list[list[object]]:
        """Return of each plane the sampling factors, the size in blocks and the quantization table."""
        return [
            [each.across, each.down, each.columns, each.rows, list(each.quantization.contents.steps)]
            for each in self.components
        ]

    def facts(self) -> list[object]:
        """Return the size, the planes and the way of coding."""
        frame = self.decompressor
        return [frame.width, frame.height, frame.is_progressive, frame.restart_interval, self.planes()]

    def _row(self, component: int, row: int) -> int:
        """Return the address of a row of blocks."""
        access = self.decompressor.memory.contents.access_blocks
        rows = access(addressof(self.decompressor), self.arrays[component], row, 1, 1)
        return addressof(rows[0].contents)

    def replace(self, runs: Sequence[Run], coefficients: bytes) -> None:
        """Put coefficients where runs say."""
        given = memoryview(coefficients)
        for place, size in self._places(runs):
            memmove(place, bytes(given[:size]), size)
            given = given[size:]

    def fingerprint(self, runs: Sequence[Run]) -> bytes:
        """Return a checksum of all coefficients but those of the runs, which are lost."""
        for place, size in self._places(runs):
            memset(place, 0, size)
        digest = hashlib.sha256()
        for index, component in enumerate(self.components):
            for row in range(component.rows):
                digest.update(string_at(self._row(index, row), component.columns * sizeof(Block)))
        return digest.digest()

    def close(self) -> None:
        """Free the coefficients."""
        self._libjpeg.jpeg_destroy_decompress(byref(self.decompressor))

    def _places(self, runs: Sequence[Run]) -> Iterator[tuple[int, int]]:
        """Yield address and bytes of each run."""
        for component, row, column, blocks in runs:
            yield self._row(component, row) + column * sizeof(Block), blocks * sizeof(Block)


def _rewritten(source: _Source, libjpeg: CDLL) -> bytes:
    """Return a JPEG of the coefficients, coded as the source was, with no marker of its own but a plain JFIF."""
    compressor, errors = Compressor(), ErrorManager()
    compressor.errors = libjpeg.jpeg_std_error(byref(errors))
    libjpeg.jpeg_CreateCompress(byref(compressor), VERSION, sizeof(Compressor))
    buffer, size = POINTER(c_ubyte)(), c_ulong()
    libjpeg.jpeg_mem_dest(byref(compressor), byref(buffer), byref(size))
    libjpeg.jpeg_copy_critical_parameters(byref(source.decompressor), byref(compressor))
    compressor.jfif_major = compressor.jfif_minor = compressor.density_across = compressor.density_down = 1
    compressor.density_unit = 0
    compressor.restart_interval = source.decompressor.restart_interval
    compressor.makes_own_tables = 1
    if source.decompressor.is_progressive:
        libjpeg.jpeg_simple_progression(byref(compressor))
    libjpeg.jpeg_write_coefficients(byref(compressor), source.arrays)
    libjpeg.jpeg_finish_compress(byref(compressor))
    return string_at(buffer, size.value)


def _same(source: _Source, libjpeg: CDLL, runs: Sequence[Run], other: bytes) -> bytes:
    """Return b"same" where another JPEG has all that a source has but what is in the runs."""
    facts, expected = source.facts(), source.fingerprint(runs)
    source.close()
    compared = _Source(libjpeg, other)
    # In this order: runs of the one are places in the other only where their planes are the same.
    is_same = compared.facts() == facts and compared.fingerprint(runs) == expected
    return b"same" if is_same else b"other"


def _declared(path: str) -> CDLL:
    """Return the library with the types of the functions that take or return more than pointers and ints."""
    libjpeg = CDLL(path)
    libjpeg.jpeg_std_error.restype = POINTER(ErrorManager)
    libjpeg.jpeg_CreateDecompress.argtypes = libjpeg.jpeg_CreateCompress.argtypes = [c_void_p, c_int, c_size_t]
    libjpeg.jpeg_mem_src.argtypes = [c_void_p, c_char_p, c_ulong]
    libjpeg.jpeg_read_header.argtypes = [c_void_p, c_int]
    libjpeg.jpeg_read_coefficients.restype = POINTER(c_void_p)
    return libjpeg


def main(library: str, operation: str, most_bytes: int, given: BinaryIO, result: BinaryIO) -> None:
    """Do one operation, `rewrite` or `compare`."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    order = json.loads(given.readline())
    libjpeg = _declared(library)
    source = _Source(libjpeg, given.read(order["jpeg"]))
    if source.planes() != order["planes"]:
        sys.exit("its quantization tables change on the way")
    if operation == "compare":
        result.write(_same(source, libjpeg, order["runs"], given.read()))
        return
    source.replace(order["runs"], given.read())
    result.write(_rewritten(source, libjpeg))
