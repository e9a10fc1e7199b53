"""The process that copies JPEGs' coefficients: it imports so little of the standard library that it starts in 20 ms.

libjpeg ends a process where it meets an error, and one JPEG's memory is no other's business. So each JPEG gets a
child, forked in a millisecond, and the first child that fails ends its parent, too.

For each JPEG it reads a byte that wakes it, and numbers, int32 in the machine's order: how many follow; the megabytes
and the seconds of a processor that it may take; the length of the JPEG; the planes, as `_Source.planes` returns them,
and how many numbers these are; and of each run of blocks the component, row, column and length. Then come the JPEG, and
the coefficients for these blocks, int16, 64 a block, row by row. It writes the length of what it made, int64, and that.
"""

import os
import resource
import sys
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
    sizeof,
    string_at,
)

from veil_vision.image.libjpeg_layout import (
    VERSION,
    Block,
    Component,
    Compressor,
    Decompressor,
    ErrorManager,
    HuffmanTable,
)

_GREY, _YCBCR = 1, 3
_NUMBER_BYTES, _NUMBERS_OF_RUN = 4, 4
# Smoothing, which draws what is missing of a progressive JPEG, looks at the first coefficients of each block.
_SMOOTHED_COEFFICIENTS = 10


class _Source:
    """The coefficients of a JPEG, all in memory."""

    def __init__(self, libjpeg: CDLL, data: bytes) -> None:
        self._data = data
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
        if self._is_smoothed():
            sys.exit("scans of it are missing, and decoders smooth what remains")

    @property
    def components(self) -> list[Component]:
        """What the frame says of each plane."""
        return list(self.decompressor.components[: self.decompressor.component_count])

    def _is_smoothed(self) -> bool:
        bits, count = self.decompressor.coefficient_bits, self.decompressor.component_count
        return bool(bits) and any(any(each[:_SMOOTHED_COEFFICIENTS]) for each in bits[:count])

    def planes(self) -> list[int]:
        """Return of each plane the sampling factors, the size in blocks and the quantization table, all in a row."""
        found: list[int] = []
        for each in self.components:
            found += [each.across, each.down, each.columns, each.rows, *each.quantization.contents.steps]
        return found

    def _row(self, component: int, row: int) -> int:
        """Return the address of a row of blocks."""
        access = self.decompressor.memory.contents.access_blocks
        rows = access(addressof(self.decompressor), self.arrays[component], row, 1, 1)
        return addressof(rows[0].contents)

    def replace(self, runs: list[int], coefficients: bytes) -> None:
        """Put coefficients where runs say."""
        given = memoryview(coefficients)
        for first in range(0, len(runs), _NUMBERS_OF_RUN):
            component, row, column, blocks = runs[first : first + _NUMBERS_OF_RUN]
            size = blocks * sizeof(Block)
            memmove(self._row(component, row) + column * sizeof(Block), bytes(given[:size]), size)
            given = given[size:]


def _rewritten(source: _Source, libjpeg: CDLL) -> bytes:
    """Return a JPEG of the coefficients, coded as the source was, with no marker of its own but a plain JFIF.

    Standard Huffman tables stay; any others might lack what is new, and are made anew.
    """
    compressor, errors = Compressor(), ErrorManager()
    compressor.errors = libjpeg.jpeg_std_error(byref(errors))
    libjpeg.jpeg_CreateCompress(byref(compressor), VERSION, sizeof(Compressor))
    buffer, size = POINTER(c_ubyte)(), c_ulong()
    libjpeg.jpeg_mem_dest(byref(compressor), byref(buffer), byref(size))
    libjpeg.jpeg_copy_critical_parameters(byref(source.decompressor), byref(compressor))
    compressor.jfif_major = compressor.jfif_minor = compressor.density_across = compressor.density_down = 1
    compressor.density_unit = 0
    compressor.restart_interval = source.decompressor.restart_interval
    # So far the compressor has the standard ones.
    compressor.makes_own_tables = int(_huffman_tables(source.decompressor) != _huffman_tables(compressor))
    if source.decompressor.is_progressive:
        libjpeg.jpeg_simple_progression(byref(compressor))
    libjpeg.jpeg_write_coefficients(byref(compressor), source.arrays)
    libjpeg.jpeg_finish_compress(byref(compressor))
    return string_at(buffer, size.value)


def _huffman_tables(coder: Decompressor | Compressor) -> list[bytes]:
    """Return symbols by length of code of the tables for brightness and colours."""
    tables = [*coder.dc_tables[:2], *coder.ac_tables[:2]]
    return [string_at(each, sizeof(HuffmanTable)) for each in tables if each]


def _declared(path: str) -> CDLL:
    """Return the library with the types of the functions that take or return more than pointers and ints."""
    libjpeg = CDLL(path)
    libjpeg.jpeg_std_error.restype = POINTER(ErrorManager)
    libjpeg.jpeg_CreateDecompress.argtypes = libjpeg.jpeg_CreateCompress.argtypes = [c_void_p, c_int, c_size_t]
    libjpeg.jpeg_mem_src.argtypes = [c_void_p, c_char_p, c_ulong]
    libjpeg.jpeg_read_header.argtypes = [c_void_p, c_int]
    libjpeg.jpeg_read_coefficients.restype = POINTER(c_void_p)
    return libjpeg


def main(library: str) -> None:
    """Read from standard input what is to be done, and write JPEGs to standard output, until the input ends."""
    libjpeg = _declared(library)
    # Unbuffered, so that all that follows the byte is left to the child.
    while os.read(sys.stdin.fileno(), 1):
        child = os.fork()
        if not child:
            _serve(libjpeg)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(os.waitstatus_to_exitcode(status))


def _serve(libjpeg: CDLL) -> None:
    (count,) = _numbers(1)
    most_megabytes, most_seconds, length, planes, *numbers = _numbers(count)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (most_megabytes << 20, most_megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds))
    source, runs = _Source(libjpeg, sys.stdin.buffer.read(length)), numbers[planes:]
    if source.planes() != numbers[:planes]:
        sys.exit("its quantization tables change on the way")
    source.replace(runs, sys.stdin.buffer.read(sizeof(Block) * sum(runs[_NUMBERS_OF_RUN - 1 :: _NUMBERS_OF_RUN])))
    made = _rewritten(source, libjpeg)
    sys.stdout.buffer.writelines([len(made).to_bytes(8, sys.byteorder), made])
    sys.stdout.buffer.flush()


def _numbers(count: int) -> list[int]:
    return memoryview(sys.stdin.buffer.read(count * _NUMBER_BYTES)).cast("i").tolist()
