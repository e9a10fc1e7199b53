"""A position that only XMP tells is kept like any other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy, not_kept
from veil_vision.image.position_xmp import read_position

GPS = MetadataPolicy(gps=True)
PLACE = "exif:GPSLatitude='48,12.345N' exif:GPSLongitude='16,22,11E' exif:GPSAltitude='1714/10' exif:GPSAltitudeRef='1'"
AS_ELEMENTS = "><exif:GPSLatitude>48,12.345N</exif:GPSLatitude><exif:GPSLongitude>16,22,11E</exif:GPSLongitude><"


@pytest.fixture
def photo(build):
    """Returns a picture with an XMP packet, decoded."""

    def make(xmp, **exif):
        packet = f"<rdf:Description dc:creator='Jane' {xmp}/>".encode()
        plain = build.jpeg(build.gradient(64, 96), **exif)
        return decode_image(build.with_segments(plain, build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)))

    return make


@pytest.mark.parametrize("xmp", [PLACE, AS_ELEMENTS], ids=["attributes", "elements"])
def test_a_position_in_xmp_only_is_written_as_exif(photo, xmp):
    picture = photo(xmp)

    kept = decode_image(encode_image(picture, keep=GPS)).metadata.gps

    assert (kept[1].payload, kept[3].payload) == (b"N\0", b"E\0")
    assert kept[2].numbers() == (48, 1, 12_345, 1000, 0, 1)
    assert kept[4].numbers() == (16, 1, 22, 1, 11, 1)
    assert not_kept(picture.metadata, GPS) == ()


def test_altitude_is_kept_with_the_side_of_the_sea_it_is_on(photo):
    gps = photo(PLACE).metadata.gps

    assert (gps[5].numbers(), gps[6].numbers()) == ((1,), (1714, 10))


@pytest.mark.parametrize(
    "xmp",
    [
        "exif:GPSLatitude='48,12.345N'",
        "exif:GPSLatitude='48,12.345E' exif:GPSLongitude='16,22,11E'",
        "exif:GPSLatitude='91,0.0N' exif:GPSLongitude='16,22,11E'",
        "exif:GPSLatitude='home' exif:GPSLongitude='of Jane'",
    ],
)
def test_half_a_position_and_impossible_ones_are_none(photo, xmp):
    assert not_kept(photo(xmp).metadata, GPS) == ("no position to keep",)


@given(xmp=st.binary(max_size=200) | st.binary(max_size=20).map(lambda text: b"exif:GPSLatitude='" + text + b"'"))
def test_any_bytes_are_read_without_an_error(xmp):
    read_position(xmp)
