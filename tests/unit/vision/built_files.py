"""Image files, good and bad, byte by byte."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

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


def ascii_field(text):
    return 2, len(text) + 1, text.encode() + b"\0"


def rational_field(*pairs):
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


CAPTURE_TIME = {0x9003: ascii_field("2024:05:06 07:08:09"), 0x9011: ascii_field("+02:00"), 0x9291: ascii_field("123")}
GPS = {
    0x00: (1, 4, bytes([2, 3, 0, 0])),
    0x01: ascii_field("N"),
    0x02: rational_field((48, 1), (12, 1), (3051, 100)),
    0x03: ascii_field("E"),
    0x04: rational_field((16, 1), (22, 1), (1234, 100)),
    0x06: rational_field((171, 1)),
    0x1D: ascii_field("2024:05:06"),
}


def camera_exif(orientation=1):
    """EXIF with all a camera leaves: names, maker note, capture time, position, thumbnail."""
    return tiff(
        main={0x0112: (3, 1, struct.pack("<H", orientation)), 0x013B: ascii_field(SECRETS["artist"].decode())},
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


def gradient(height=24, width=36, channels=3):
    """A smooth picture of which all eight orientations differ: uint8 (H, W, 3) or (H, W)."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [rows * 200 // height + 20, columns * 200 // width + 20, (rows + columns) * 100 // (height + width)]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8).squeeze()
