"""A picture is upright, however its pixels were stored."""

import numpy as np
import pytest

from veil_vision.image.files import decode_image, encode_image
from veil_vision.image.metadata import MetadataPolicy

EVERYTHING = MetadataPolicy(capture_time=True, gps=True)
AS_STORED = {  # how upright pixels are stored for a viewer that applies the orientation
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_every_exif_orientation_is_turned_upright(build, orientation, channels):
    upright = build.gradient(channels=channels)
    stored = np.ascontiguousarray(AS_STORED[orientation](upright))
    rows = [row.tobytes() for row in stored]
    exif = build.chunk(b"eXIf", build.camera_exif(orientation))
    height, width = stored.shape[:2]
    png = build.png(width, height, bit_depth=8, colour_type=0 if channels == 1 else 2, rows=rows, behind=exif)

    from_png = decode_image(png)
    from_jpeg = decode_image(build.jpeg(stored, orientation=orientation))

    np.testing.assert_array_equal(from_png.pixels.squeeze(), upright)
    assert np.abs(from_jpeg.pixels.squeeze().astype(int) - upright).max() < 10
    assert from_png.pixels.shape == from_jpeg.pixels.shape == (24, 36, channels)
    assert from_png.metadata.orientation == orientation


def test_alpha_turns_with_the_pixels(build):
    exif = build.chunk(b"eXIf", build.camera_exif(6))
    file = build.png(2, 1, bit_depth=8, colour_type=4, rows=[b"\1\2\3\4"], before=exif)

    picture = decode_image(file)

    assert picture.pixels.tolist() == [[[1]], [[3]]]
    assert picture.alpha.tolist() == [[2], [4]]


def test_a_written_file_has_no_orientation_left(build):
    file = encode_image(decode_image(build.jpeg(build.gradient(), orientation=6)), keep=EVERYTHING)

    assert decode_image(file).metadata.orientation == 1
    assert decode_image(file).pixels.shape == (36, 24, 3)
