"""360 degree viewers find in the result what they need, and nothing else of the source's XMP is there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.image.panorama_xmp import Panorama, is_own_xmp, read_panorama, write_panorama

PANORAMA = MetadataPolicy(panorama=True)
NUMBERS = {
    "FullPanoWidthPixels": 96, "FullPanoHeightPixels": 64, "CroppedAreaImageWidthPixels": 96,
    "CroppedAreaImageHeightPixels": 64, "CroppedAreaLeftPixels": 0, "CroppedAreaTopPixels": 0,
}  # fmt: skip
AS_ATTRIBUTES = "".join(f" GPano:{name}='{value}'" for name, value in NUMBERS.items())
AS_ELEMENTS = "".join(f"<GPano:{name}>{value}</GPano:{name}>" for name, value in NUMBERS.items())
sides = st.integers(1, 1_000_000)


def camera_xmp(numbers, *, projection="equirectangular"):
    """XMP as cameras write it, with the name of its owner."""
    inside = numbers if numbers.startswith("<") else ""
    attributes = "" if inside else numbers
    return (
        f"<rdf:Description GPano:ProjectionType = '{projection}' GPano:PoseHeadingDegrees='12.5' dc:creator='Jane Doe'"
        f"{attributes}>{inside}</rdf:Description>"
    ).encode()


@pytest.fixture
def anonymized(build):
    """Decodes and encodes a picture of 96 x 64 with an XMP packet."""

    def make(xmp, *, orientation=None, keep=PANORAMA):
        plain = build.jpeg(build.gradient(64, 96), orientation=orientation)
        source = build.with_segments(plain, build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp))
        return encode_image(decode_image(source), keep=keep)

    return make


@pytest.mark.parametrize("numbers", [AS_ATTRIBUTES, AS_ELEMENTS], ids=["attributes", "elements"])
def test_a_panorama_stays_one_and_its_owner_is_forgotten(anonymized, numbers):
    file = anonymized(camera_xmp(numbers))

    found = dict(re.findall(rb'GPano:(\w+)="([^"]*)"', file))
    assert found == {
        b"ProjectionType": b"equirectangular",
        b"UsePanoramaViewer": b"True",
        **{name.encode(): str(value).encode() for name, value in NUMBERS.items()},
    }
    assert b"Jane" not in file
    assert b"12.5" not in file


def test_nothing_is_said_where_it_was_not_asked_for(anonymized):
    assert b"GPano" not in anonymized(camera_xmp(AS_ATTRIBUTES), keep=MetadataPolicy())


@pytest.mark.parametrize(
    "xmp",
    [
        pytest.param(b"", id="empty"),
        pytest.param(camera_xmp(AS_ATTRIBUTES, projection="cylindrical"), id="another projection"),
        pytest.param(camera_xmp(AS_ATTRIBUTES.replace("'64'", "'32'")), id="another size"),
        pytest.param(camera_xmp(AS_ATTRIBUTES.replace("Left", "Right")), id="a number missing"),
        pytest.param(camera_xmp(AS_ATTRIBUTES.replace("'0'", "'-1'")), id="a negative number"),
        pytest.param(camera_xmp(AS_ATTRIBUTES.replace("'0'", "'7'")), id="beyond the sphere"),
    ],
)
def test_what_a_viewer_could_not_show_is_not_said(anonymized, xmp):
    assert b"GPano" not in anonymized(xmp)


def test_numbers_of_stored_pixels_are_not_said_of_turned_ones(anonymized):
    assert b"GPano" not in anonymized(camera_xmp(AS_ATTRIBUTES), orientation=6)


@given(st.binary(max_size=80) | st.text(alphabet="GPano:<>='\"12 ProjectionType", max_size=200).map(str.encode))
def test_no_packet_is_too_odd_to_be_read(xmp):
    found = read_panorama(xmp)

    assert found is None or read_panorama(write_panorama(found)) == found


@given(sides, sides, sides, sides)
def test_what_is_written_is_recognised_and_one_byte_more_is_not(full_width, full_height, left, top):
    panorama = Panorama(full_width + left, full_height + top, full_width, full_height, left, top)
    xmp = write_panorama(panorama)
    size = {"width": full_width, "height": full_height}

    assert read_panorama(xmp) == panorama
    assert is_own_xmp(xmp, **size) == panorama.fits(**size)
    assert not is_own_xmp(xmp + b" ", **size)
