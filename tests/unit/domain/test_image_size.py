"""A size is read from the first bytes of a file, as the vision layer reads it from all of them."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from veil.adapters.vision import room_of
from veil.domain.image_size import HEADER_LENGTH, announced_pixels, announced_room
from veil_vision.errors import VisionError
from veil_vision.image.containers import read_header
from veil_vision.image.header import ImageLimits

SIDES = st.integers(1, 70)
NO_LIMITS = ImageLimits(max_pixels=2**64, max_side=2**32)


def encoded(width, height, kind, **options):
    file = BytesIO()
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(file, kind, **options)
    return file.getvalue()


@given(SIDES, SIDES, st.sampled_from([("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True})]))
def test_it_is_the_size_that_the_vision_layer_reads(width, height, encoder):
    kind, options = encoder
    data = encoded(width, height, kind, **options)

    header = read_header(data, limits=NO_LIMITS)

    assert announced_pixels(data) == header.width * header.height == width * height


@given(st.binary(max_size=60), st.integers(0, 600))
def test_damaged_files_have_the_size_that_the_vision_layer_reads_or_none(noise, place):
    data = bytearray(encoded(33, 21, "JPEG", comment=b"\xff\xc0 no frame"))
    data[place : place + len(noise)] = noise

    try:
        header = read_header(bytes(data), limits=NO_LIMITS)
    except VisionError:
        # Whoever works on it refuses it, wherever it was sent.
        announced_pixels(bytes(data))
    else:
        assert announced_pixels(bytes(data)) == header.width * header.height


@given(st.binary(max_size=300))
def test_whatever_comes_has_a_size_or_none(data):
    for signature in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        assert (announced_pixels(signature + data) or 0) >= 0


def test_a_picture_of_gigapixels_is_told_from_33_bytes():
    header = bytearray(encoded(1, 1, "PNG")[:33])
    header[16:24] = (100_000).to_bytes(4) * 2

    assert announced_pixels(bytes(header)) == 10**10


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_that_ends_before_its_size_does_not_say(kind):
    data = encoded(33, 21, kind)

    assert {announced_pixels(data[:end]) for end in range(len(data))} == {None, 33 * 21}
    assert announced_pixels(data[:20]) is None


def test_what_cameras_write_before_the_size_fits_the_header_and_more_does_not_say():
    def with_metadata(segments):
        picture = encoded(64, 48, "JPEG")
        return picture[:2] + (b"\xff\xe1\xff\xff" + bytes(0xFFFD)) * segments + picture[2:]

    assert announced_pixels(with_metadata(3)[:HEADER_LENGTH]) == 64 * 48
    assert announced_pixels(with_metadata(5)[:HEADER_LENGTH]) is None


KINDS = {
    "colour": ("RGB", "PNG", {}),
    "grey": ("L", "PNG", {}),
    "bits": ("1", "PNG", {}),
    "deep grey": ("I;16", "PNG", {}),
    "transparent": ("RGBA", "PNG", {}),
    "transparent grey": ("LA", "PNG", {}),
    "palette": ("P", "PNG", {}),
    "transparent palette": ("P", "PNG", {"transparency": 3}),
    "transparent colour": ("RGB", "PNG", {"transparency": (1, 2, 3)}),
    "JPEG": ("RGB", "JPEG", {}),
    "ink": ("CMYK", "JPEG", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_the_room_that_the_anonymizer_gives_it(kind):
    mode, name, options = KINDS[kind]
    file = BytesIO()
    Image.new(mode, (30, 20)).save(file, name, **options)

    assert announced_room(file.getvalue()) == room_of(read_header(file.getvalue(), limits=NO_LIMITS))


def test_a_picture_that_may_turn_out_transparent_after_its_head_takes_the_room_of_one():
    data = encoded(30, 20, "PNG")

    assert announced_room(data) == 600
    assert announced_room(data[:33]) == 1200


@given(st.binary(max_size=300))
def test_whatever_comes_has_a_room_or_none(data):
    for signature in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        assert (announced_room(signature + data) or 0) >= 0
