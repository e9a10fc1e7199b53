"""Every JPEG and PNG becomes upright pixels, and pixels become a file with nothing else in it."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from veil_vision.image.containers import ImageFormat
from veil_vision.image.files import Picture, decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy

NOTHING = MetadataPolicy()
EVERYTHING = MetadataPolicy(capture_time=True, gps=True)
samples = st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda dtype: st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]), st.booleans()).flatmap(
        lambda shape: st.tuples(
            arrays.arrays(dtype, shape[:3]), arrays.arrays(dtype, shape[:2]) if shape[3] else st.none()
        )
    )
)


@given(samples)
def test_a_png_returns_exactly_what_was_written(drawn):
    pixels, alpha = drawn
    if alpha is not None:
        pixels[alpha == 0] = 0

    back = decode_image(encode_image(Picture(pixels, alpha, ImageFormat.PNG), keep=NOTHING))

    assert back.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(back.pixels, pixels)
    assert (back.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(back.alpha, alpha)


PALETTE = {b"PLTE": b"\1\2\3\4\5\6"}


@pytest.mark.parametrize(
    ("stored", "pixels", "alpha"),
    [
        pytest.param((1, 0, b"\x40"), [[0], [255]], None, id="1 bit grey"),
        pytest.param((2, 0, b"\x40"), [[85], [0]], None, id="2 bit grey"),
        pytest.param((4, 0, b"\x1f"), [[17], [255]], None, id="4 bit grey"),
        pytest.param((2, 0, b"\x70", {b"tRNS": b"\0\1"}), [[0], [255]], [0, 255], id="2 bit grey, a level clear"),
        pytest.param((8, 0, b"\5\6", {b"tRNS": b"\0\5"}), [[0], [6]], [0, 255], id="grey, a level clear"),
        pytest.param((16, 0, b"\1\2\3\4"), [[0x102], [0x304]], None, id="16 bit grey"),
        pytest.param(
            (16, 0, b"\1\2\3\4", {b"tRNS": b"\1\2"}), [[0], [0x304]], [0, 0xFFFF], id="16 bit grey, a level clear"
        ),
        pytest.param((8, 4, b"\1\2\3\0"), [[1], [0]], [2, 0], id="grey and alpha"),
        pytest.param((16, 4, b"\0\1\0\2\0\3\0\4"), [[1], [3]], [2, 4], id="16 bit grey and alpha"),
        pytest.param((8, 2, b"\1\2\3\4\5\6"), [[1, 2, 3], [4, 5, 6]], None, id="RGB"),
        pytest.param(
            (8, 2, b"\1\2\3\4\5\6", {b"tRNS": b"\0\1\0\2\0\3"}),
            [[0, 0, 0], [4, 5, 6]],
            [0, 255],
            id="RGB, a colour clear",
        ),
        pytest.param((16, 2, b"\0\1\0\2\0\3\1\0\1\0\1\0"), [[1, 2, 3], [256] * 3], None, id="16 bit RGB"),
        pytest.param((8, 6, b"\1\2\3\0\4\5\6\7"), [[0, 0, 0], [4, 5, 6]], [0, 7], id="RGBA"),
        pytest.param((16, 6, b"\0\1\0\2\0\3\0\0\1\0\1\0\1\0\1\0"), [[0, 0, 0], [256] * 3], [0, 256], id="16 bit RGBA"),
        pytest.param((1, 3, b"\x40", PALETTE), [[1, 2, 3], [4, 5, 6]], None, id="1 bit palette"),
        pytest.param((8, 3, b"\1\0", PALETTE), [[4, 5, 6], [1, 2, 3]], None, id="palette"),
        pytest.param(
            (8, 3, b"\1\0", PALETTE | {b"tRNS": b"\x80"}),
            [[4, 5, 6], [1, 2, 3]],
            [255, 128],
            id="palette with alpha",
        ),
    ],
)
def test_every_kind_of_png_is_read_for_what_it_shows(build, stored, pixels, alpha):
    depth, colour_type, row, *ancillary = stored
    before = b"".join(build.chunk(name, payload) for part in ancillary for name, payload in part.items())

    picture = decode_image(build.png(2, 1, bit_depth=depth, colour_type=colour_type, rows=[row], before=before))

    assert picture.pixels.dtype == (np.uint16 if depth == 16 else np.uint8)
    assert picture.pixels.tolist() == [pixels]
    assert (None if picture.alpha is None else picture.alpha.tolist()) == (None if alpha is None else [alpha])


def test_an_interlaced_png_is_read_like_another(build):
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    passes = [pixels[y::dy, x::dx] for y, x, dy, dx in starts]
    rows = [row.tobytes() for part in passes if part.size for row in part]

    picture = decode_image(build.png(4, 4, bit_depth=8, colour_type=0, rows=rows, interlace=1))

    np.testing.assert_array_equal(picture.pixels[..., 0], pixels)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
@pytest.mark.parametrize("quality", [0, 50, 90, 95, 100])
def test_a_jpeg_stays_like_itself_at_every_quality(build, quality, channels):
    original = decode_image(build.jpeg(build.gradient(64, 96, channels)))

    back = decode_image(encode_image(original, quality=quality, keep=NOTHING))

    assert back.pixels.shape == original.pixels.shape == (64, 96, channels)
    assert np.abs(back.pixels.astype(int) - original.pixels).mean() < (3 if quality >= 50 else 40)


@pytest.mark.parametrize(("quality", "sampling"), [(90, (2, 2)), (95, (1, 1))], ids=["halved", "full"])
def test_colours_keep_their_full_resolution_from_quality_95_on(build, quality, sampling):
    file = encode_image(decode_image(build.jpeg(build.gradient())), quality=quality, keep=NOTHING)

    assert file[file.index(b"\xff\xc0") + 11] == sampling[0] << 4 | sampling[1]


@pytest.mark.parametrize("quality", [-1, 101])
def test_a_quality_beyond_the_scale_is_refused(build, quality):
    with pytest.raises(ValueError, match="quality"):
        encode_image(decode_image(build.jpeg(build.gradient())), quality=quality, keep=NOTHING)


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"optimize": True}, {"restart_marker_blocks": 2}, {"subsampling": 2}],
    ids=["progressive", "optimized", "restart markers", "halved colours"],
)
def test_every_common_kind_of_jpeg_is_read(build, options):
    picture = decode_image(build.jpeg(build.gradient(64, 96), **options))

    assert np.abs(picture.pixels.astype(int) - build.gradient(64, 96)).mean() < 3


def test_a_cmyk_jpeg_becomes_rgb(build):
    red = np.zeros((16, 16, 4), np.uint8)
    red[..., 1:3] = 255
    file = build.cmyk_jpeg(red)

    picture = decode_image(file)

    assert picture.pixels.shape == (16, 16, 3)
    assert np.abs(picture.pixels.astype(int) - [255, 0, 0]).max() < 12
    assert picture.icc is None


def test_a_cmyk_jpeg_is_converted_by_its_profile(build):
    cyan = np.zeros((16, 16, 4), np.uint8)
    cyan[..., 0] = 255

    picture = decode_image(build.cmyk_jpeg(cyan, icc_profile=build.grey_cyan_profile()))

    assert np.abs(picture.pixels.astype(int) - 119).max() <= 3
    assert picture.icc is None


def test_a_cmyk_profile_that_cannot_be_used_is_dropped(build):
    profile = bytearray(200)
    profile[:4], profile[16:20], profile[36:40] = (200).to_bytes(4, "big"), b"CMYK", b"acsp"

    picture = decode_image(build.cmyk_jpeg(np.zeros((16, 16, 4), np.uint8), icc_profile=bytes(profile)))

    assert picture.pixels.min() > 240
    assert picture.icc is None


def test_a_jpeg_of_unusual_sampling_is_read(build):
    """Blocks of a flat grey image are six bits each, so any sampling can be written by hand."""
    flat = build.jpeg(np.full((8, 8, 3), 128, np.uint8))
    frame, scan_at = flat.index(b"\xff\xc0"), flat.index(b"\xff\xda")
    sampled = bytearray(flat)
    sampled[frame + 11], sampled[frame + 14], sampled[frame + 17] = 0x11, 0x21, 0x12
    sampled[scan_at + 8] = sampled[scan_at + 10] = 0
    bits = "001010" * 5
    entropy = int(bits.ljust(32, "1"), 2).to_bytes(4, "big")

    picture = decode_image(bytes(sampled[: scan_at + 14]) + entropy + b"\xff\xd9")

    assert picture.pixels.shape == (8, 8, 3)
    assert np.unique(picture.pixels).tolist() == [128]


def test_equal_pictures_make_equal_files(build):
    for file in (build.jpeg(build.gradient()), build.png(2, 1, bit_depth=8, colour_type=0, rows=[b"\1\2"])):
        assert encode_image(decode_image(file), keep=NOTHING) == encode_image(decode_image(file), keep=NOTHING)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1)], ids=str)
@pytest.mark.parametrize("image_format", list(ImageFormat))
def test_extreme_shapes_are_images_too(shape, image_format):
    picture = Picture(np.full((*shape, 3), 77, np.uint8), None, image_format)

    back = decode_image(encode_image(picture, keep=NOTHING))

    assert back.pixels.shape == (*shape, 3)
    assert np.abs(back.pixels.astype(int) - 77).max() <= 1


def test_a_jpeg_with_transparency_is_a_mistake_of_the_caller():
    picture = Picture(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.uint8), ImageFormat.JPEG)

    with pytest.raises(ValueError, match="transparency"):
        encode_image(picture, keep=NOTHING)


def test_to_clear_what_nobody_sees_takes_no_memory_worth_speaking_of():
    clear = np.zeros((1024, 1024), np.uint8)
    file = encode_image(Picture(np.ones((1024, 1024, 3), np.uint8), clear, ImageFormat.PNG), keep=MetadataPolicy())

    tracemalloc.start()
    decode_image(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # As OpenCV decodes it, pixels and transparency apart, where it is clear, and a band of rows.
    assert peak <= (4 + 3 + 1 + 1 + 5) * 2**20
