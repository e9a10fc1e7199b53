"""Builders of image files, good and bad, byte by byte, and a detector whose faces a test can paint."""

import io
import struct
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.regions import RegionStyle
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.models.catalogue import catalogue

SECRETS = {
    "EXIF thumbnail": b"thumbnail-of-a-face",
    "maker note": b"maker-note-secret",
    "artist": b"Jane Doe, artist",
    "comment": b"taken at Jane's house",
    "XMP": b"<x:xmpmeta>person names</x:xmpmeta>",
    "JFXX": b"jfxx-thumbnail-bytes",
    "Photoshop": b"photoshop-thumbnail-bytes",
    "MPF": b"MPF\0II*\0index-of-pictures",
    "second picture": b"second-picture-pixels",
    "video": b"ftypmp42-motion-photo",
}


def _ascii(text):
    return 2, len(text) + 1, text.encode() + b"\0"


def _rationals(*pairs):
    return 5, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs)


def _undefined(payload):
    return 7, len(payload), payload


def _directory(fields, start, following=0):
    """One little-endian TIFF directory for the given offset; fields are {tag: (type, count, payload)}."""
    behind_at = start + 2 + 12 * len(fields) + 4
    entries, behind = b"", b""
    for tag, (kind, count, payload) in sorted(fields.items()):
        inline = len(payload) <= 4
        value = payload.ljust(4, b"\0") if inline else struct.pack("<I", behind_at + len(behind))
        entries += struct.pack("<HHI", tag, kind, count) + value
        behind += b"" if inline else payload + b"\0" * (len(payload) % 2)
    return struct.pack("<H", len(fields)) + entries + struct.pack("<I", following) + behind


def tiff(main=None, capture_time=None, gps=None, thumbnail=None):
    """A little-endian EXIF block as cameras write it, with every directory that is given."""
    pointers = {tag: fields for tag, fields in ((0x8769, capture_time), (0x8825, gps)) if fields}
    main = dict(main or {}) | dict.fromkeys(pointers, (4, 1, b"\x00\x00\x00\x00"))
    start = 8 + len(_directory(main, 8))
    bodies = []
    for tag, fields in pointers.items():
        at = start + sum(map(len, bodies))
        main[tag] = (4, 1, struct.pack("<I", at))
        bodies.append(_directory(fields, at))
    following = start + sum(map(len, bodies)) if thumbnail else 0
    last = b""
    if thumbnail:
        last = (
            _directory(
                {0x0201: (4, 1, struct.pack("<I", following + 30)), 0x0202: (4, 1, struct.pack("<I", len(thumbnail)))},
                following,
            )
            + thumbnail
        )
    return b"II*\0" + struct.pack("<I", 8) + _directory(main, 8, following) + b"".join(bodies) + last


CAPTURE_TIME = {0x9003: _ascii("2024:05:06 07:08:09"), 0x9011: _ascii("+02:00"), 0x9291: _ascii("123")}
GPS = {
    0x00: (1, 4, bytes([2, 3, 0, 0])),
    0x01: _ascii("N"),
    0x02: _rationals((48, 1), (12, 1), (3051, 100)),
    0x03: _ascii("E"),
    0x04: _rationals((16, 1), (22, 1), (1234, 100)),
    0x06: _rationals((171, 1)),
    0x1D: _ascii("2024:05:06"),
}


def camera_exif(orientation=1):
    """EXIF with all a camera leaves: names, maker note, capture time, position, thumbnail."""
    return tiff(
        main={0x0112: (3, 1, struct.pack("<H", orientation)), 0x013B: _ascii(SECRETS["artist"].decode())},
        capture_time=CAPTURE_TIME | {0x927C: _undefined(SECRETS["maker note"])},
        gps=GPS,
        thumbnail=b"\xff\xd8" + SECRETS["EXIF thumbnail"] + b"\xff\xd9",
    )


def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(jpeg, *inserted):
    """The JPEG with bytes inserted behind its JFIF segment."""
    behind = 2 + 2 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:behind] + b"".join(inserted) + jpeg[behind:]


def jpeg(pixels, *, orientation=None, **options):
    """A JPEG of an array (H, W) or (H, W, 3), written by Pillow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **{"quality": 95, "subsampling": 0} | options)
    plain = file.getvalue()
    exif = [] if orientation is None else [segment(0xE1, b"Exif\0\0" + camera_exif(orientation))]
    return with_segments(plain, *exif)


def cmyk_jpeg(ink, **options):
    """A JPEG of ink coverage: uint8 (H, W, 4)."""
    file = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def leaky_jpeg(pixels):
    """A JPEG with every leak of the checklist that a JPEG can have."""
    second = b"\xff\xd8" + SECRETS["second picture"] + b"\xff\xd9"
    video = b"\0\0\0\x18" + SECRETS["video"]
    return (
        with_segments(
            jpeg(pixels),
            segment(0xE0, b"JFXX\0\x10" + SECRETS["JFXX"]),
            segment(0xE1, b"Exif\0\0" + camera_exif()),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRETS["XMP"]),
            segment(0xE2, SECRETS["MPF"]),
            segment(0xED, b"Photoshop 3.0\0" + SECRETS["Photoshop"]),
            segment(0xFE, SECRETS["comment"]),
        )
        + second
        + video
    )


def chunk(name, payload=b""):
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(width, height, *, bit_depth, colour_type, rows, before=b"", behind=b"", interlace=0):
    """A PNG from unfiltered rows, each an array of the bytes as they are packed."""
    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour_type, 0, 0, interlace)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", body) + behind + chunk(b"IEND")


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


def gradient(height=24, width=36, channels=3):
    """A smooth picture of which all eight orientations differ: uint8 (H, W, 3) or (H, W)."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [rows * 200 // height + 20, columns * 200 // width + 20, (rows + columns) * 100 // (height + width)]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8).squeeze()


@pytest.fixture(scope="session")
def build():
    """The builders above, because test modules must not import one another."""
    return SimpleNamespace(
        secrets=SECRETS,
        capture_time=CAPTURE_TIME,
        gps=GPS,
        ascii=_ascii,
        rationals=_rationals,
        tiff=tiff,
        camera_exif=camera_exif,
        segment=segment,
        with_segments=with_segments,
        jpeg=jpeg,
        cmyk_jpeg=cmyk_jpeg,
        leaky_jpeg=leaky_jpeg,
        chunk=chunk,
        png=png,
        srgb_profile=srgb_profile,
        grey_cyan_profile=grey_cyan_profile,
        matrix_profile=matrix_profile,
        table_curve=table_curve,
        formula_curve=formula_curve,
        gradient=gradient,
    )


CENTERFACE = next(card for card in catalogue() if card.name == "centerface")


class MarkFinder:
    """A detector whose faces are red marks: it sees just what a picture shows, at any size.

    The redder, the surer; a mark of (255, 0, 0) scores 1. What it is told to imagine it sees wherever a place
    of that colour is, so that tests can show what becomes of hallucinations.
    """

    name, sha256, provider = "marks", "0" * 64, "none"
    classes = (ObjectClass.FACE,)
    default_threshold = 0.5
    search_plan = CENTERFACE.search
    second_look = CENTERFACE.second_look

    def __init__(self, imagines=None):
        self._imagines = imagines

    def detect(self, pixels, *, threshold, long_side):
        red, green, blue = cv2.split(pixels)
        marks = (red > 60) & (green < 50) & (blue < 50)
        if self._imagines is not None:
            marks |= (pixels == self._imagines).all(axis=2)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(marks.astype(np.uint8))
        scores = [max(0.05, float(np.median(red[labels == index])) / 255) for index in range(1, count)]
        if self._imagines is not None:
            scores = [1.0] * len(scores)
        boxes = [[x, y, x + width, y + height] for x, y, width, height, _ in stats[1:]]
        found = Detections.of(boxes, scores)
        return found.select(found.scores >= threshold)


def marked(*marks, height=200, width=300):
    """A quiet picture with red marks (x1, y1, x2, y2[, red]): uint8 RGB."""
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([rows % 64 + 100, columns % 64 + 110, (rows + columns) % 64 + 120], axis=-1).astype(np.uint8)
    for x1, y1, x2, y2, *red in marks:
        pixels[y1:y2, x1:x2] = (red[0] if red else 255, 0, 0)
    return pixels


def recipe(**changes):
    """Blur faces with a margin of a tenth; what a test is about, it changes."""
    face = Target(threshold=changes.pop("threshold", None), style=changes.pop("style", RegionStyle()), kernel_size=0.35)
    return Recipe(**{"targets": {ObjectClass.FACE: face}, "method": AnonymizationMethod.BLUR} | changes)


@pytest.fixture(scope="session")
def scenes():
    """What tests of finding, drawing and verifying share."""
    return SimpleNamespace(finder=MarkFinder, marked=marked, recipe=recipe)
