"""Nothing but pixels and allow-listed facts gets from a source into a finished file."""

import pytest

from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy
from veil_vision.image.panorama_xmp import Panorama, write_panorama
from veil_vision.verify.leaks import scan

NOTHING = MetadataPolicy()
EVERYTHING = MetadataPolicy(capture_time=True, gps=True, panorama=True)


@pytest.mark.parametrize("keep", [NOTHING, EVERYTHING], ids=["nothing kept", "everything kept"])
def test_no_leak_of_a_jpeg_survives(build, keep):
    leaky = build.leaky_jpeg(build.gradient())
    assert all(secret in leaky for secret in build.secrets.values())

    file = encode_image(decode_image(leaky), keep=keep)

    assert [name for name, secret in build.secrets.items() if secret in file] == []
    assert file.count(b"\xff\xd8\xff") == 1
    assert file.endswith(b"\xff\xd9")
    assert scan(file) == ()
    assert (b"2024:05:06 07:08:09" in file) == keep.capture_time


def test_the_scan_finds_every_leak_of_the_source(build):
    findings = scan(build.leaky_jpeg(build.gradient()))

    assert findings == (
        "JFXX thumbnail", "EXIF beyond the allow-list", "XMP", "MPF index of further pictures",
        "Photoshop resources", "segment 0xfe", "more than one APP0", "bytes behind the image",
    )  # fmt: skip


@pytest.mark.parametrize("keep", [NOTHING, EVERYTHING], ids=["nothing kept", "everything kept"])
def test_no_leak_of_a_png_survives(build, keep):
    secrets = [b"text-secret", b"xmp-secret", b"second-frame-secret", b"trailing-secret", *build.secrets.values()]
    file = build.png(
        2, 1, bit_depth=8, colour_type=0, rows=[b"\1\2"],
        before=build.chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + build.chunk(b"tEXt", b"Author\0" + secrets[0]),
        behind=build.chunk(b"fdAT", b"\0\0\0\1" + secrets[2]) + build.chunk(b"eXIf", build.camera_exif())
        + build.chunk(b"iTXt", b"XML:com.adobe.xmp\0" + secrets[1]),
    )  # fmt: skip

    written = encode_image(decode_image(file + secrets[3]), keep=keep)

    assert [secret for secret in secrets if secret in written] == []
    assert scan(written) == ()
    assert decode_image(written).pixels.tolist() == [[[1], [2]]]


def test_colours_under_full_transparency_are_not_carried_on(build):
    file = build.png(2, 1, bit_depth=8, colour_type=6, rows=[b"abc\0def\1"])

    picture = decode_image(encode_image(decode_image(file), keep=NOTHING))

    assert picture.pixels.tolist() == [[[0, 0, 0], list(b"def")]]


def test_a_result_without_its_end_is_not_clean(build):
    assert scan(encode_image(decode_image(build.jpeg(build.gradient())), keep=NOTHING)[:-2]) == ("no end marker",)


def test_a_checksum_that_is_none_could_carry_something(build):
    broken = build.chunk(b"sRGB", b"\0")[:-4] + b"abcd"
    file = build.png(1, 1, bit_depth=8, colour_type=0, rows=[b"\7"], before=broken)

    assert scan(file) == ("a checksum of chunk sRGB that is none",)


def test_an_xmp_packet_of_another_maker_or_a_second_one_is_found(build):
    own = write_panorama(Panorama(96, 64, 96, 64, 0, 0))
    plain = encode_image(decode_image(build.jpeg(build.gradient(64, 96))), keep=NOTHING)

    def findings(*packets):
        inserted = (build.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet) for packet in packets)
        return scan(build.with_segments(plain, *inserted))

    assert findings(own) == ()
    assert findings(own + b" ") == ("XMP",)
    assert findings(write_panorama(Panorama(100, 64, 90, 64, 0, 0))) == ("XMP",)
    assert findings(own, own) == ("more than one XMP",)
