"""zlib streams of bytes that are mostly zero, at the cost of the others only: no run of zeros is ever written out.

One block with Huffman codes of its own (RFC 1951, section 3.2.7). A run is a zero and copies of what lies one byte
back, the longest of which, 258 bytes, takes two bits.
"""

import struct

import numpy as np
from numpy.typing import NDArray

# For a window of 32 kB, fastest level (RFC 1950).
_HEADER, _ADLER_BASE = b"\x78\x01", 65521
# Symbols below 256 are bytes; then come the end and 29 lengths of a copy, which has at least 3 bytes (section 3.2.5).
_END, _FIRST_COPY, _SYMBOLS = 256, 257, 286
_LEAST_COPY, _LONGEST_COPY = 3, 258
_LONGEST = _SYMBOLS - 1
_EXTRA_BITS = np.array([0] * 8 + [bits for bits in range(1, 6) for _ in range(4)], np.int64)
_BASES = np.cumsum([_LEAST_COPY, *(1 << _EXTRA_BITS[:-1])])
# The block is the last one, has its own codes, all 286 symbols, 2 distances and 19 lengths of code lengths...
_BLOCK = [(1, 1), (2, 2), (29, 5), (1, 5), (15, 4)]
# ...in the order of the section: those up to 15 take four bits each, repetitions do not occur.
_LENGTHS_OF_LENGTHS = [(0, 3)] * 3 + [(4, 3)] * 16

Numbers = NDArray[np.int64]


def deflated(places: Numbers, values: NDArray[np.uint8], length: int) -> bytes:
    """Return a zlib stream of bytes that are all zero but some.

    Args:
        places: int64 (n,), where the others lie, ascending, each once.
        values: uint8 (n,), what they are; not 0.
        length: How many bytes there are.
    """
    # Each run of zeros is: a zero, the longest copies, then a shorter one or up to two zeros more, and what ends it.
    zeros = np.diff(np.append(places, length), prepend=-1) - 1
    whole, rest = np.divmod((zeros - 1).clip(0), _LONGEST_COPY)
    index = np.searchsorted(_BASES, rest, side="right") - 1
    copies, last = _FIRST_COPY + index, np.append(values.astype(np.int64), _END)
    is_copied = rest >= _LEAST_COPY
    single = (zeros > 0) + np.where(is_copied, 0, rest)
    codes, sizes = _codes(np.concatenate([last, copies[is_copied], np.zeros(single.sum(), np.int64)]))
    started = np.where(zeros > 0, codes[0], 0), np.where(zeros > 0, sizes[0], 0)
    copied = codes[copies] | (rest - _BASES[index]) << sizes[copies], sizes[copies] + _EXTRA_BITS[index] + 1
    written = np.array([0, codes[0], codes[0] | codes[0] << sizes[0]])[np.where(is_copied, 0, rest)], rest * sizes[0]
    remaining = (np.where(is_copied, *each) for each in zip(copied, written, strict=True))
    tokens = [started, (np.zeros_like(whole), 2 * whole), tuple(remaining), (codes[last], sizes[last])]
    numbers, counts = (np.stack(each, axis=1).reshape(-1) for each in zip(*tokens, strict=True))
    bits = np.concatenate([_bits(*_table(sizes)), _bits(numbers, counts)])
    return _HEADER + np.packbits(bits, bitorder="little").tobytes() + struct.pack(">I", _adler(places, values, length))


def _codes(used: Numbers) -> tuple[Numbers, Numbers]:
    """Return of each symbol its code, first bit lowest, and how many bits it has: 0 if it is not used.

    The longest copy has one bit; all others share what is left evenly, those that are used most by a bit less.
    """
    counts = np.bincount(used, minlength=_SYMBOLS)
    counts[_LONGEST] = 0
    ranked = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    depth = int(np.ceil(np.log2(len(ranked))))
    sizes = np.zeros(_SYMBOLS, np.int64)
    sizes[ranked] = depth + 1
    sizes[ranked[: (1 << depth) - len(ranked)]] = depth
    sizes[_LONGEST] = 1
    codes, code, size = np.zeros(_SYMBOLS, np.int64), 0, 1
    for symbol in sorted(np.flatnonzero(sizes).tolist(), key=lambda each: (sizes[each], each)):
        code, size = code << int(sizes[symbol]) - size, int(sizes[symbol])
        codes[symbol] = int(f"{code:0{size}b}"[::-1], 2)
        code += 1
    return codes, sizes


def _table(sizes: Numbers) -> tuple[Numbers, Numbers]:
    """Return what stands before the codes, as numbers and how many bits each has."""
    # Their own codes, of four bits, begin with the highest. Both distances have one bit; only the first is used.
    lengths = [(int(f"{size:04b}"[::-1], 2), 4) for size in [*sizes.tolist(), 1, 1]]
    numbers, counts = zip(*_BLOCK, *_LENGTHS_OF_LENGTHS, *lengths, strict=True)
    return np.array(numbers, np.int64), np.array(counts, np.int64)


def _bits(numbers: Numbers, counts: Numbers) -> NDArray[np.uint8]:
    """Return as many bits of each number as its count says, lowest first. None is larger than that."""
    ends = np.cumsum(counts)
    bits, starts = np.zeros(ends[-1], np.uint8), ends - counts
    for bit in range(int(numbers.max()).bit_length()):
        bits[starts[numbers >> bit & 1 > 0] + bit] = 1
    return bits


def _adler(places: Numbers, values: NDArray[np.uint8], length: int) -> int:
    """Return the Adler-32 checksum: the sum of all bytes and one, and the sum of all such sums (RFC 1950)."""
    numbers = values.astype(np.int64)
    lower = 1 + int(numbers.sum())
    upper = length + int((numbers * ((length - places) % _ADLER_BASE)).sum())
    return upper % _ADLER_BASE << 16 | lower % _ADLER_BASE
