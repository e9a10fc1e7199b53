"""Colour profiles, good and bad, byte by byte."""

import struct

import numpy as np
from PIL import ImageCms


def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_cyan_profile():
    """A profile of grey cyan: full cyan looks mid-grey, other inks black (ICC.1:2022, 10.10: lut8Type)."""
    identity = bytes(range(256))
    white, grey, black = (bytes([lightness, 128, 128]) for lightness in (255, 128, 0))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = (
        b"mft1"
        + bytes(4)
        + bytes([4, 3, 2, 0])
        + matrix
        + identity * 4
        + white
        + black * 7
        + grey
        + black * 7
        + identity * 3
    )
    tags = struct.pack(">I4sII", 1, b"A2B0", 128 + 16, len(table))
    header = bytearray(128)
    header[0:4] = struct.pack(">I", 128 + len(tags) + len(table))
    header[8:12], header[12:24], header[36:40] = b"\2\x40\0\0", b"prtrCMYKLab ", b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)  # the D50 white that every profile names
    return bytes(header) + tags + table


def matrix_profile(primaries, curves, *, extra=(), padding=b"", header=b"", space=b"RGB ", pcs=b"XYZ "):
    """A version 2 profile of primaries in XYZ (three of three) and curve elements, with whatever else is given.

    `extra` are further tags, (name, element); `header` lies over the bytes from 44 on that name makers and flags.
    """
    names = [b"rXYZ", b"gXYZ", b"bXYZ"][: len(primaries)]
    colours = [b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in colour)) for colour in primaries]
    curve_names = [b"kTRC"] if space == b"GRAY" else [b"rTRC", b"gTRC", b"bTRC"]
    elements = [*zip(names, colours, strict=True), *zip(curve_names, curves, strict=True), *extra]
    place, table, body = 128 + 4 + 12 * len(elements), b"", b""
    for name, element in elements:
        stored = element + padding + bytes(-len(element + padding) % 4)
        table += struct.pack(">4sII", name, place + len(body), len(element))
        body += stored
    start = struct.pack(">I4xI4s4s4s12x4s", place + len(body), 0x02400000, b"mntr", space, pcs, b"acsp").ljust(
        68, b"\0"
    )
    start = (start[:44] + header)[:68].ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return start.ljust(128, b"\0") + struct.pack(">I", len(elements)) + table + body


def table_curve(values):
    """A curve element of values 0 to 1."""
    entries = (np.asarray(values) * 65535).round().astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + entries


def formula_curve(kind, *numbers):
    """A curve element by one of ICC's formulas."""
    return b"para\0\0\0\0" + struct.pack(f">H2x{len(numbers)}i", kind, *(round(n * 65536) for n in numbers))
