"""Truncated, corrupt and oversized files are refused; harmless oddities are not."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from veil_vision.errors import DefectiveImageError, ImageTooLargeError, VisionError
from veil_vision.image.containers import DEFAULT_LIMITS, ImageFormat, ImageLimits, read_header
from veil_vision.image.files import Picture, decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy

NOTHING = MetadataPolicy()


@pytest.mark.parametrize("kind", ["baseline", "progressive", "png"])
def test_a_truncated_file_is_refused_wherever_it_ends(build, kind):
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    jpeg = build.jpeg(pixels, progressive=kind == "progressive")
    png = encode_image(Picture(pixels, None, ImageFormat.PNG), keep=NOTHING)
    file = png if kind == "png" else jpeg

    for twentieth in range(1, 20):
        with pytest.raises(DefectiveImageError):
            decode_image(file[: len(file) * twentieth // 20])


@pytest.mark.parametrize("fraction", [0.3, 0.6, 0.9])
def test_a_truncated_jpeg_is_refused_even_with_its_end_glued_on(build, fraction):
    pixels = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    file = build.jpeg(pixels)
    start = file.index(b"\xff\xda")
    cut = start + 12 + int((len(file) - start) * fraction)

    with pytest.raises(DefectiveImageError):
        decode_image(file[:cut].rstrip(b"\xff") + b"\xff\xd9")


def test_a_png_with_too_few_rows_is_refused(build, capfd):
    file = build.png(2, 20, bit_depth=8, colour_type=0, rows=[b"\1\2"] * 3)

    with pytest.raises(DefectiveImageError):
        decode_image(file)


@pytest.mark.parametrize("junk", [b"\0\0\0", b"\xff\xff", b"padding"], ids=["zeros", "fill bytes", "text"])
def test_bytes_between_the_segments_of_a_jpeg_do_no_harm(build, junk):
    plain = build.jpeg(build.gradient())

    picture = decode_image(build.with_segments(plain, junk))

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


def test_an_unknown_jfif_revision_does_no_harm(build):
    plain = build.jpeg(build.gradient())

    picture = decode_image(plain[:11] + b"\x07" + plain[12:])

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


@settings(max_examples=300)
@given(st.sampled_from(["jpeg", "progressive", "cmyk", "png"]), st.data())
def test_a_damaged_file_is_a_picture_of_the_announced_size_or_refused(build, kind, data):
    pixels = build.gradient(20, 30)
    file = bytearray({
        "jpeg": lambda: build.jpeg(pixels, orientation=1, icc_profile=build.srgb_profile()),
        "progressive": lambda: build.jpeg(pixels, progressive=True),
        "cmyk": lambda: build.cmyk_jpeg(np.ascontiguousarray(np.repeat(pixels[..., :1], 4, axis=2))),
        "png": lambda: encode_image(Picture(pixels, None, ImageFormat.PNG), keep=NOTHING),
    }[kind]())  # fmt: skip
    for position in data.draw(st.lists(st.integers(2, len(file) - 1), min_size=1, max_size=6)):
        file[position] ^= 1 << data.draw(st.integers(0, 7))

    try:
        picture = decode_image(bytes(file), limits=ImageLimits(max_pixels=1_000_000))
    except VisionError:
        return

    header = read_header(bytes(file), limits=DEFAULT_LIMITS)
    assert sorted(picture.pixels.shape[:2]) == sorted((header.height, header.width))


def test_limits_hold_before_decoding(build):
    with pytest.raises(ImageTooLargeError):
        decode_image(build.jpeg(build.gradient()), limits=ImageLimits(max_pixels=100))


def test_only_our_own_limits_decide_about_size(build, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)

    picture = decode_image(build.cmyk_jpeg(np.zeros((16, 16, 4), np.uint8)))

    assert picture.pixels.shape == (16, 16, 3)


def test_a_jpeg_without_its_end_marker_is_the_same_picture(build):
    plain = build.jpeg(build.gradient(64, 96))

    picture = decode_image(plain[:-2])

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


def test_a_progressive_jpeg_without_its_end_may_lack_detail_and_is_refused(build):
    with pytest.raises(DefectiveImageError, match="no end"):
        decode_image(build.jpeg(build.gradient(64, 96), progressive=True)[:-2])


def test_bytes_that_fill_up_a_restart_interval_do_no_harm(build):
    plain = build.jpeg(build.gradient(64, 96), restart_marker_blocks=2)
    restart = plain.index(b"\xff\xd0", plain.index(b"\xff\xda"))

    picture = decode_image(plain[:restart] + b"\x55" * 9 + plain[restart:])

    np.testing.assert_array_equal(picture.pixels, decode_image(plain).pixels)


@pytest.mark.parametrize("name", [b"tEXt", b"eXIf", b"iCCP", b"gAMA"])
def test_a_wrong_checksum_of_what_pixels_do_not_need_does_no_harm(build, name):
    broken = build.chunk(name, b"gAMAs are four")[:-1] + b"?"

    picture = decode_image(build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\7"], before=broken))

    assert picture.pixels.tolist() == [[[7]]]


def test_a_lack_of_memory_is_not_the_fault_of_the_file(build, monkeypatch):
    def without_room(*_arguments):
        error = cv2.error("Failed to allocate 1600000000 bytes")
        error.code = cv2.Error.StsNoMem
        raise error

    monkeypatch.setattr(cv2, "imdecode", without_room)

    with pytest.raises(MemoryError, match="no room"):
        decode_image(build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\7"]))
