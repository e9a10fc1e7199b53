"""Of a photo's EXIF only plausible values of known tags are kept, in a block of Veil's own making."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from veil_vision.image.metadata import KeptMetadata, MetadataPolicy, is_own_exif, not_kept, read_metadata, write_exif

EVERYTHING = MetadataPolicy(capture_time=True, gps=True)


def test_by_default_nothing_is_kept(build):
    metadata = read_metadata(build.camera_exif())

    assert write_exif(metadata, MetadataPolicy()) is None


def test_capture_time_and_position_survive_and_nothing_else(build):
    written = write_exif(read_metadata(build.camera_exif(orientation=6)), EVERYTHING)

    exif = Image.Exif()
    exif.load(b"Exif\0\0" + written)
    assert set(exif) == {0x8769, 0x8825}
    assert exif.get_ifd(0x8769) == {0x9003: "2024:05:06 07:08:09", 0x9011: "+02:00", 0x9291: "123"}
    assert exif.get_ifd(0x8825) == {
        0: b"\x02\x03\x00\x00", 1: "N", 2: (48, 12, 30.51), 3: "E", 4: (16, 22, 12.34), 6: 171, 0x1D: "2024:05:06",
    }  # fmt: skip
    assert not any(secret in written for secret in build.secrets.values())


@pytest.mark.parametrize(
    ("policy", "directories"),
    [
        pytest.param(MetadataPolicy(capture_time=True), {0x8769}, id="capture time only"),
        pytest.param(MetadataPolicy(gps=True), {0x8825}, id="position only"),
    ],
)
def test_a_policy_keeps_only_what_it_names(build, policy, directories):
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + write_exif(read_metadata(build.camera_exif()), policy))

    assert set(exif) == directories


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_but_never_written(build, orientation):
    metadata = read_metadata(build.camera_exif(orientation))

    assert metadata.orientation == orientation
    assert read_metadata(write_exif(metadata, EVERYTHING)).orientation == 1


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(lambda b: {0x9003: b.ascii("Jane Doe was here!!")}, id="text that is no time"),
        pytest.param(lambda b: {0x9291: b.ascii("1" * 40)}, id="far too many digits"),
        pytest.param(lambda b: {0x9003: (7, 20, b"2024:05:06 07:08:09\0")}, id="wrong type"),
    ],
)
def test_capture_times_that_could_carry_something_else_are_left_out(build, field):
    assert read_metadata(build.tiff(capture_time=field(build))).capture_time == {}


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(lambda b: {0x02: b.rationals((48, 1))}, id="too few numbers"),
        pytest.param(lambda b: {0x02: b.rationals((48, 0), (1, 1), (1, 1))}, id="division by zero"),
        pytest.param(lambda b: {0x02: b.rationals((4000, 1), (1, 1), (1, 1))}, id="no latitude on earth"),
        pytest.param(lambda b: {0x1B: b.ascii("GPS processing by Jane")}, id="a tag that is not listed"),
        pytest.param(lambda b: {0x01: b.ascii("Jane")}, id="a reference that is none"),
    ],
)
def test_positions_that_could_carry_something_else_are_left_out(build, field):
    assert read_metadata(build.tiff(gps=field(build))).gps == {}


def test_both_byte_orders_read_alike():
    for order, head in (("<", b"II*\0"), (">", b"MM\0*")):
        entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, 8, 0)
        block = head + struct.pack(order + "IH", 8, 1) + entry + bytes(4)

        assert read_metadata(block).orientation == 8


@given(st.binary(max_size=200))
def test_broken_exif_never_raises(noise):
    for head in (b"", b"II*\0", b"MM\0*\0\0\0\x08\0\x05"):
        assert 1 <= read_metadata(head + noise).orientation <= 8


@given(st.data())
def test_damaged_exif_never_raises_and_what_is_kept_can_be_written(build, data):
    block = bytearray(build.camera_exif())
    for position in data.draw(st.lists(st.integers(0, len(block) - 1), max_size=10)):
        block[position] = data.draw(st.integers(0, 255))

    written = write_exif(read_metadata(bytes(block)), EVERYTHING)

    assert written is None or is_own_exif(written)


def test_no_exif_means_upright_and_nothing_kept():
    assert read_metadata(None) == KeptMetadata()


def test_own_exif_is_recognised_and_one_more_byte_is_not(build):
    written = write_exif(read_metadata(build.camera_exif()), EVERYTHING)

    assert is_own_exif(written)
    assert not is_own_exif(written + b"x")
    assert not is_own_exif(build.camera_exif())


def test_pillow_reads_what_is_written_without_complaint(build):
    written = write_exif(read_metadata(build.camera_exif()), EVERYTHING)
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "JPEG", exif=b"Exif\0\0" + written)

    assert Image.open(file).getexif().get_ifd(0x8825)[1] == "N"


def _kept(fields, tag):
    return fields[tag].payload if tag in fields else None


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"2024:05:06 07:08:09\0\0", id="Pentax: two NULs"),
        pytest.param(b"2024:05:06 07:08:09", id="no NUL"),
        pytest.param(b"2024:05:06 07:08:09  \0", id="blanks behind"),
        pytest.param(b"2024: 5: 6  7: 8: 9\0", id="Lenovo: blanks for zeros"),
    ],
)
def test_a_padded_capture_time_is_kept_in_plain_form(build, payload):
    found = read_metadata(build.tiff(capture_time={0x9003: (2, len(payload), payload)}))

    assert _kept(found.capture_time, 0x9003) == b"2024:05:06 07:08:09\0"


def test_a_position_in_signed_ratios_is_kept_and_written_unsigned(build):
    latitude = struct.pack("<6i", 48, 1, 12, 1, 3051, 100)
    found = read_metadata(build.tiff(gps={0x02: (10, 3, latitude)}))

    written = write_exif(found, MetadataPolicy(gps=True))

    exif = Image.Exif()
    exif.load(b"Exif\0\0" + written)
    assert exif.get_ifd(0x8825) == {2: (48, 12, 30.51)}
    assert is_own_exif(written)


@pytest.mark.parametrize("pair", [(-1, 1), (1, -1), (-1, -1), (1, 0)], ids=str)
def test_a_position_of_negative_ratios_is_left_out(build, pair):
    assert read_metadata(build.tiff(gps={0x0F: (10, 1, struct.pack("<2i", *pair))})).gps == {}


def test_the_time_of_the_position_is_kept_only_with_the_capture_time(build):
    clock = struct.pack("<6I", 10, 1, 11, 1, 12, 1)
    found = read_metadata(build.tiff(gps=build.gps | {0x07: (5, 3, clock)}))

    def tags(policy):
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + write_exif(found, policy))
        return exif.get_ifd(0x8825).keys() & {0x07, 0x1D}

    assert tags(MetadataPolicy(gps=True)) == set()
    assert tags(EVERYTHING) == {0x07, 0x1D}


def test_what_was_asked_for_and_is_not_there_is_told():
    assert not_kept(KeptMetadata(), MetadataPolicy()) == ()
    assert not_kept(KeptMetadata(), EVERYTHING) == ("no capture time to keep", "no position to keep")


def test_what_is_there_is_not_told_to_be_missing(build):
    assert not_kept(read_metadata(build.camera_exif()), EVERYTHING) == ()
