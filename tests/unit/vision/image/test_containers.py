"""Headers are read and leaks are found without decoding a pixel."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.errors import DefectiveImageError, ImageError, ImageTooLargeError, UnsupportedImageError
from veil_vision.image.containers import ImageFormat, ImageLimits, read_header, sniff_format
from veil_vision.verify.leaks import scan

LIMITS = ImageLimits()


def _frame(build, *, width, height, marker=0xC0, precision=8, channels=3):
    frame = struct.pack(">BHHB", precision, height, width, channels) + bytes(3 * channels)
    return b"\xff\xd8" + build.segment(marker, frame) + build.segment(0xDA, bytes(10)) + b"\xff\xd9"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"\xff\xd8\xff\xe0", ImageFormat.JPEG, id="jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n", ImageFormat.PNG, id="png"),
        pytest.param(b"GIF89a", None, id="gif"),
        pytest.param(b"\x89PN", None, id="half a signature"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_format_is_told_by_its_first_bytes(head, expected):
    assert sniff_format(head) is expected


def test_formats_name_their_media_type():
    assert [f.media_type for f in ImageFormat] == ["image/jpeg", "image/png"]


def test_a_jpeg_header_tells_size_as_stored_and_metadata(build):
    file = build.jpeg(build.gradient(24, 36), orientation=6, icc_profile=build.srgb_profile())

    header = read_header(file, limits=LIMITS)

    assert (header.format, header.width, header.height) == (ImageFormat.JPEG, 36, 24)
    assert (header.bit_depth, header.channels) == (8, 3)
    assert header.exif == build.camera_exif(6)
    assert header.icc == build.srgb_profile()


def test_a_png_header_tells_size_depth_and_metadata_behind_the_pixels(build):
    profile = b"any name\0\0" + zlib.compress(build.srgb_profile())
    file = build.png(
        3, 1, bit_depth=16, colour_type=6, rows=[bytes(24)],
        before=build.chunk(b"gAMA", b"\0\0\xb1\x8f") + build.chunk(b"iCCP", profile),
        behind=build.chunk(b"eXIf", build.camera_exif(3)),
    )  # fmt: skip

    header = read_header(file, limits=LIMITS)

    assert (header.width, header.height, header.bit_depth, header.channels, header.is_transparent) == (
        3,
        1,
        16,
        3,
        True,
    )
    assert (header.exif, header.icc) == (build.camera_exif(3), build.srgb_profile())
    assert header.colour == ((b"gAMA", b"\0\0\xb1\x8f"),)


def test_a_profile_of_other_colours_than_the_image_is_not_kept(build):
    file = build.jpeg(build.gradient(channels=1), icc_profile=build.srgb_profile())

    assert read_header(file, limits=LIMITS).icc is None


def test_bytes_hidden_behind_a_profile_are_not_kept(build):
    file = build.jpeg(build.gradient(), icc_profile=build.srgb_profile() + b"smuggled")

    assert read_header(file, limits=LIMITS).icc == build.srgb_profile()


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 8])
def test_too_little_to_be_an_image_is_unsupported_or_defective(build, cut):
    for file in (build.jpeg(build.gradient()), build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"])):
        with pytest.raises(ImageError):
            read_header(file[:cut], limits=LIMITS)


def test_bombs_are_refused_from_the_header_at_once(build):
    rows = zlib.compress(bytes(7501 * 600))
    header = build.chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + header + build.chunk(b"IDAT", rows) + build.chunk(b"IEND")
    for bomb in (png, _frame(build, width=65_000, height=65_000)):
        with pytest.raises(ImageTooLargeError, match="pixels"):
            read_header(bomb, limits=LIMITS)


def test_a_file_of_too_many_bytes_is_refused_unread():
    with pytest.raises(ImageTooLargeError, match="bytes"):
        read_header(b"\xff\xd8\xff" + bytes(100), limits=ImageLimits(max_bytes=100))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"marker": 0xC3}, id="lossless"),
        pytest.param({"marker": 0xC1, "precision": 12}, id="12 bits"),
        pytest.param({"channels": 2}, id="two channels"),
    ],
)
def test_rare_jpegs_are_unsupported_not_defective(build, changes):
    with pytest.raises(UnsupportedImageError):
        read_header(_frame(build, width=8, height=8, **changes), limits=LIMITS)


def test_a_jpeg_without_height_is_defective(build):
    with pytest.raises(DefectiveImageError, match="8 x 0 pixels"):
        read_header(_frame(build, width=8, height=0), limits=LIMITS)


def test_an_unknown_critical_chunk_is_unsupported(build):
    file = build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"], before=build.chunk(b"ABCD"))

    with pytest.raises(UnsupportedImageError):
        read_header(file, limits=LIMITS)


def test_a_wrong_checksum_is_defective(build):
    file = bytearray(build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"]))
    file[-14] ^= 1

    with pytest.raises(DefectiveImageError, match="checksum"):
        read_header(file, limits=LIMITS)


def test_more_scans_than_any_camera_writes_are_refused(build):
    plain = build.jpeg(build.gradient())
    start = plain.index(b"\xff\xda")

    assert "scans" in scan(plain[:-2] + plain[start:-2] * 120 + b"\xff\xd9")[0]


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_signature_are_read_or_refused(noise):
    for head in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        try:
            read_header(head + noise, limits=LIMITS)
        except ImageError:
            assert scan(head + noise)


def test_a_plain_jpeg_and_a_plain_png_are_clean(build):
    assert scan(build.jpeg(build.gradient())) == ()
    assert scan(build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"])) == ()


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        pytest.param(lambda b: b.segment(0xE0, b"JFXX\0\x10jpeg"), "JFXX thumbnail", id="JFXX"),
        pytest.param(lambda b: b.segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\1\1abc"), "JFIF thumbnail", id="JFIF thumbnail"),
        pytest.param(lambda b: b.segment(0xE1, b"Exif\0\0" + b.camera_exif()), "EXIF beyond", id="EXIF"),
        pytest.param(lambda b: b.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0"), "XMP", id="XMP"),
        pytest.param(lambda b: b.segment(0xE2, b"MPF\0II*\0"), "MPF", id="MPF"),
        pytest.param(lambda b: b.segment(0xE2, b"ICC_PROFILE\0\1\1junk"), "profile", id="a profile that is none"),
        pytest.param(
            lambda b: b.segment(0xE2, b"ICC_PROFILE\0\1\1" + b.srgb_profile()), "another maker", id="a profile not ours"
        ),
        pytest.param(lambda b: b.segment(0xE0, b"JFIF\0\1\1\1ab12\0\0"), "density", id="JFIF density"),
        pytest.param(lambda b: b.segment(0xEE, b"Adobe" + bytes(7)), "0xee", id="an Adobe segment"),
        pytest.param(lambda b: b.segment(0xED, b"Photoshop 3.0\0"), "Photoshop", id="APP13"),
        pytest.param(lambda b: b.segment(0xEE, b"Adobe" + bytes(30)), "0xee", id="an overlong Adobe segment"),
        pytest.param(lambda b: b.segment(0xE5, b"anything"), "0xe5", id="APP5"),
        pytest.param(lambda b: b.segment(0xFE, b"hello"), "0xfe", id="comment"),
        pytest.param(lambda b: b"loose", "between", id="bytes between segments"),
        pytest.param(lambda b: b.segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0"), "more than one APP0", id="two JFIF"),
        pytest.param(lambda b: b.segment(0xC0, bytes(15)), "one frame", id="a second frame"),
    ],
)
def test_the_scan_names_what_is_planted_in_a_jpeg(build, plant, finding):
    findings = scan(build.with_segments(build.jpeg(build.gradient()), plant(build)))

    assert any(finding in found for found in findings)


def test_the_scan_sees_bytes_behind_the_image(build):
    for file in (build.jpeg(build.gradient()), build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"])):
        assert scan(file + b"x") == ("bytes behind the image",)


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"acTL", b"fdAT", b"tIME", b"prVt"])
def test_the_scan_names_chunks_that_do_not_belong_in_a_png(build, name):
    file = build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"], before=build.chunk(name, b"secret"))

    assert scan(file) == (f"chunk {name.decode()}",)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        (b"gAMA", b"\0\0\xb1\x8f"), (b"cHRM", bytes(32)), (b"sRGB", b"\4"), (b"sRGB", b"\0\0"),
        (b"cICP", b"\1\x0d\1\1"), (b"cICP", b"\2\2\0\1"), (b"cICP", b"\1\x0d\0\2"), (b"sBIT", b"\1"),
        (b"pHYs", bytes(9)),
    ],
)  # fmt: skip
def test_a_colour_chunk_with_room_for_more_is_named(build, name, payload):
    file = build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"], before=build.chunk(name, payload))

    assert scan(file) == (f"chunk {name.decode()}",)


def test_the_scan_of_something_broken_is_never_clean(build):
    jpeg = build.jpeg(build.gradient())

    for broken in (b"", b"hello", jpeg[:-2], jpeg[: len(jpeg) // 2]):
        assert scan(broken)


@pytest.mark.parametrize(
    ("inserted", "remark"),
    [
        ((0xE2, b"MPF\0II*\0index"), "without the further pictures in the file"),
        ((0xE1, b"http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version='1.0'/>"), "without the HDR gain map"),
    ],
)
def test_pictures_behind_the_first_are_said_to_be_dropped(build, inserted, remark):
    file = build.with_segments(build.jpeg(build.gradient()), build.segment(*inserted))

    assert read_header(file, limits=LIMITS).remarks == (remark,)


def test_an_animated_png_is_said_to_lose_its_motion(build):
    file = build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\0"], before=build.chunk(b"acTL", bytes(8)))

    assert read_header(file, limits=LIMITS).remarks == ("only the first picture of an animation",)
