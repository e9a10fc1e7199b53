"""Pictures of other kinds are read for what they show, and become JPEG or PNG by one rule."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from veil_vision.errors import DefectiveImageError, ImageTooLargeError, UnsupportedImageError, VisionError
from veil_vision.image.containers import ImageFormat, ImageLimits, read_header
from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.kinds import PictureKind, kind_of
from veil_vision.image.metadata import MetadataPolicy

KINDS = {
    "WEBP": PictureKind.WEBP, "AVIF": PictureKind.AVIF, "JPEG2000": PictureKind.JPEG_2000,
    "TIFF": PictureKind.TIFF, "BMP": PictureKind.BMP, "GIF": PictureKind.GIF,
}  # fmt: skip


def written(pixels, file_format, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, file_format, **options)
    return file.getvalue()


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_kind_is_read_and_becomes_what_the_rule_says(build, name, kind):
    pixels = build.gradient(40, 60)

    picture = decode_image(written(pixels, name))

    lossy = kind in {PictureKind.WEBP, PictureKind.AVIF, PictureKind.JPEG_2000}
    assert (picture.kind, picture.format) == (kind, ImageFormat.JPEG if lossy else ImageFormat.PNG)
    assert picture.alpha is None
    assert picture.remarks == ()
    assert np.abs(picture.pixels.astype(int) - pixels).mean() < 6
    again = decode_image(encode_image(picture, keep=MetadataPolicy()))
    assert again.pixels.shape == pixels.shape


@pytest.mark.parametrize("name", ["TIFF", "BMP"])
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_what_lost_nothing_is_read_exactly(build, name, channels):
    pixels = build.gradient(40, 60, channels).reshape(40, 60, channels)

    picture = decode_image(written(pixels.squeeze(), name))

    np.testing.assert_array_equal(picture.pixels, pixels)


@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 3), (8, 9, 4)], ids=["grey", "colour", "with alpha"])
def test_a_tiff_keeps_its_sixteen_bits(shape):
    pixels = np.random.default_rng(1).integers(1, 65_536, shape, dtype=np.uint16)
    file = cv2.imencode(".tiff", pixels)[1].tobytes()

    picture = decode_image(file)

    assert (picture.pixels.dtype, picture.format) == (np.uint16, ImageFormat.PNG)
    shown = picture.pixels[..., 0] if len(shape) == 2 else picture.pixels[..., ::-1]
    np.testing.assert_array_equal(shown, pixels if len(shape) == 2 else pixels[..., :3])
    assert (picture.alpha is not None) == (shape[2:] == (4,))


def tiff_of_sixteen_bits(pixels, *, photometric, planar=1, extra=None, instead=None):
    """An uncompressed TIFF 6.0 file of uint16 (h, w, c), in planes where `planar` is 2, with other tags `instead`."""
    height, width, channels = pixels.shape
    stored = np.moveaxis(pixels, 2, 0) if planar == 2 else pixels[None]
    ifd = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    ifd[256], ifd[257], ifd[258], ifd[262], ifd[277] = width, height, (16,) * channels, photometric, channels
    ifd[273] = tuple(stored[0].nbytes * index for index in range(len(stored)))  # Pillow adds where the pixels begin
    ifd[278], ifd[279], ifd[284] = height, (stored[0].nbytes,) * len(stored), planar
    if extra is not None:
        ifd[338] = extra
    for tag, value in (instead or {}).items():
        ifd[tag] = value
    return struct.pack("<2sHI", b"II", 42, 8) + ifd.tobytes(8) + stored.astype("<u2").tobytes()


def test_a_deep_grey_tiff_whose_zero_is_white_is_no_negative():
    grey = np.arange(0, 48_000, 1_000, dtype=np.uint16).reshape(6, 8, 1)

    picture = decode_image(tiff_of_sixteen_bits(grey, photometric=0))

    np.testing.assert_array_equal(picture.pixels, 65_535 - grey)


def test_colours_of_a_deep_tiff_that_are_multiplied_by_their_transparency_are_divided_by_it():
    stored = np.array([[[20_000, 10_000, 0, 32_768], [65_535, 300, 7, 65_535], [0, 0, 0, 0]]], np.uint16)

    picture = decode_image(tiff_of_sixteen_bits(stored, photometric=2, extra=1))

    assert picture.pixels.tolist() == [[[39_999, 20_000, 0], [65_535, 300, 7], [0, 0, 0]]]
    assert picture.alpha.tolist() == [[32_768, 65_535, 0]]


@pytest.mark.parametrize("channels", [3, 4])
def test_a_deep_tiff_in_planes_is_read_as_one_whose_colours_lie_side_by_side(channels):
    colours = np.random.default_rng(3).integers(1, 65_536, (8, 9, channels), dtype=np.uint16)
    extra = 2 if channels == 4 else None

    picture = decode_image(tiff_of_sixteen_bits(colours, photometric=2, planar=2, extra=extra))

    np.testing.assert_array_equal(picture.pixels, colours[..., :3])
    assert (picture.alpha is None) == (channels == 3)
    if channels == 4:
        np.testing.assert_array_equal(picture.alpha, colours[..., 3])


@pytest.mark.parametrize(
    ("tag", "value"), [(273, (0,)), (273, (8, 200, 10**6)), (279, (1, 1, 1)), (279, (144, 144)), (279, (500,) * 3)]
)
def test_a_deep_tiff_whose_planes_lie_nowhere_is_damaged(tag, value):
    colours = np.zeros((8, 9, 3), np.uint16)
    file = tiff_of_sixteen_bits(colours, photometric=2, planar=2, instead={tag: value})

    with pytest.raises(DefectiveImageError):
        decode_image(file)


def test_a_sound_tiff_with_colours_that_nobody_reads_is_not_called_damaged():
    lab = np.zeros((8, 9, 3), np.uint16)

    with pytest.raises(UnsupportedImageError, match="TIFF with such colours is not supported; save it as RGB"):
        decode_image(tiff_of_sixteen_bits(lab, photometric=8))


def test_a_deep_tiff_in_cmyk_is_converted_as_one_of_eight_bits():
    ink = np.full((8, 9, 4), (0, 65_535, 65_535, 0), np.uint16)

    picture = decode_image(tiff_of_sixteen_bits(ink, photometric=5))

    assert (picture.pixels.dtype, picture.pixels[0, 0].tolist()) == (np.uint8, [255, 0, 0])


def test_transparency_stays_in_a_png_and_lies_on_white_in_a_jpeg():
    clear = np.zeros((16, 16, 4), np.uint8)
    clear[:8, :, 3] = 255

    tiff = decode_image(written(clear, "TIFF"))
    webp = decode_image(written(clear, "WEBP", lossless=True))

    assert np.unique(tiff.alpha[:8]).tolist() == [255]
    assert np.unique(tiff.alpha[8:]).tolist() == [0]
    assert webp.alpha is None
    assert np.unique(webp.pixels[:8]).tolist() == [0]
    assert np.unique(webp.pixels[8:]).tolist() == [255]


@pytest.mark.parametrize("name", ["GIF", "WEBP", "TIFF", "AVIF"])
def test_of_several_pictures_the_first_is_taken_and_that_is_said(build, name):
    frames = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (10, 200, 90)]
    file = io.BytesIO()
    frames[0].save(file, name, save_all=True, append_images=frames[1:])

    picture = decode_image(file.getvalue())

    assert picture.remarks == ("only the first of several pictures",)
    assert picture.pixels.max() < 20


@pytest.mark.parametrize("name", ["WEBP", "AVIF", "TIFF"])
def test_a_turned_picture_becomes_upright_and_its_facts_are_read(build, name):
    pixels = build.gradient(40, 60)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"

    options = {"tiffinfo": {0x0112: 6, 0x8769: {0x9003: "2024:05:06 07:08:09"}}} if name == "TIFF" else {"exif": exif}
    picture = decode_image(written(pixels, name, **options))

    assert picture.pixels.shape == (60, 40, 3)
    # Of an AVIF that its container turns, Pillow passes on the main directory only.
    assert name == "AVIF" or picture.metadata.capture_time[0x9003].payload == b"2024:05:06 07:08:09\0"


def test_a_turned_tiff_of_sixteen_bits_becomes_upright():
    pixels = np.arange(24, dtype=np.uint16).reshape(4, 6)
    exif = Image.Exif()
    exif[0x0112] = 6

    picture = decode_image(written(pixels, "TIFF", exif=exif))

    np.testing.assert_array_equal(picture.pixels[..., 0], np.rot90(pixels, -1))


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\xff\x0a\x00", "JPEG XL"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw camera file"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw camera file"),
        (b"8BPS\0\1", "Photoshop file"),
    ],
)
def test_what_veil_does_not_read_is_called_by_its_name(head, word):
    with pytest.raises(UnsupportedImageError, match=f"the file is a {word}, which Veil does not read"):
        read_header(head.ljust(100, b"\0"), limits=ImageLimits())


@pytest.mark.parametrize("kind", [each for each in PictureKind if each.result is None])
def test_whoever_brings_what_veil_does_not_read_is_told_what_to_do(kind):
    assert kind.remedy.startswith(("export", "convert", "develop", "save"))


def test_a_refusal_ends_with_what_to_do():
    with pytest.raises(UnsupportedImageError, match=r"which Veil does not read; export it as JPEG \(an iPhone"):
        read_header(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".ljust(100, b"\0"), limits=ImageLimits())


def test_a_file_of_the_common_brand_is_what_its_other_brands_say():
    assert kind_of(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf") is PictureKind.AVIF


@pytest.mark.parametrize("text", [b"BMW and other cars, a list", b"GIF", b"", b"plain words"])
def test_a_text_is_no_picture(text):
    assert kind_of(text) is None


def test_the_preview_of_a_raw_camera_file_is_not_taken_for_the_picture(build):
    dng = written(build.gradient(8, 8), "TIFF", tiffinfo={50706: b"\1\4\0\0"})

    with pytest.raises(UnsupportedImageError, match="raw camera file"):
        decode_image(dng)


def test_numbers_that_are_no_photo_are_refused():
    with pytest.raises(UnsupportedImageError, match="mode F"):
        decode_image(written(np.zeros((4, 4), np.float32), "TIFF"))


@pytest.mark.parametrize("name", KINDS)
def test_limits_hold_before_decoding(build, name):
    with pytest.raises(ImageTooLargeError):
        decode_image(written(build.gradient(40, 60), name), limits=ImageLimits(max_pixels=100))


@pytest.mark.parametrize("name", KINDS)
def test_damage_is_refused_or_a_picture_of_the_announced_size(build, name):
    whole = written(build.gradient(40, 60), name)
    chance = np.random.default_rng(1)

    for _ in range(40):
        file = bytearray(whole)
        for position in chance.integers(16, len(file), 4):
            file[position] ^= 1 << chance.integers(0, 8)
        try:
            picture = decode_image(
                bytes(file[: chance.integers(32, len(file) + 1)]), limits=ImageLimits(max_pixels=10**6)
            )
        except VisionError:
            continue
        assert picture.pixels.ndim == 3


def test_a_truncated_file_is_refused(build):
    for name in KINDS:
        with pytest.raises(DefectiveImageError):
            decode_image(written(build.gradient(40, 60), name)[:40])


def test_a_bitmap_of_four_bytes_more_is_no_text():
    assert kind_of(b"BM" + bytes(12) + struct.pack("<I", 40)) is PictureKind.BMP


def test_a_second_picture_that_is_damaged_is_no_reason_to_refuse_the_first(build):
    first, second = (Image.fromarray(build.gradient(40, 60)) for _ in range(2))
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[second])
    data = bytearray(file.getvalue())
    (start,) = struct.unpack_from("<I", data, 4)
    (fields,) = struct.unpack_from("<H", data, start)
    (behind,) = struct.unpack_from("<I", data, start + 2 + 12 * fields)
    struct.pack_into("<H", data, behind + 2, 999)  # the tag of its width

    picture = decode_image(bytes(data))

    assert picture.pixels.shape == (40, 60, 3)
    assert picture.remarks == ("only the first of several pictures",)


def test_a_file_of_very_many_pictures_costs_no_more_than_one_of_two(monkeypatch):
    steps = []
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "_seek", _counted(TiffImagePlugin.TiffImageFile._seek, steps))
    file = io.BytesIO()
    pages = [Image.new("L", (8, 8), level) for level in range(50)]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    steps.clear()

    assert decode_image(file.getvalue()).remarks == ("only the first of several pictures",)
    assert len(steps) < 10


def _counted(method, steps):
    def counting(*arguments):
        steps.append(arguments)
        return method(*arguments)

    return counting
