"""Every value comes back from a file as it was written, whatever the shape of its pictures."""

from fractions import Fraction

import av
import numpy as np
import pytest

from veil_vision.video.lossless import LosslessWriter


# FFmpeg's encoder slices what is wider than 352 or higher than 288 pixels.
@pytest.mark.parametrize("size", [(1, 1), (288, 352), (2, 400), (400, 2), (63, 353), (1, 400), (400, 1), (300, 400)])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_pictures_of_any_shape_come_back_bit_for_bit(tmp_path, size, channels):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, *channels), np.uint8)

    with LosslessWriter(tmp_path / "a.mkv", rate=Fraction(25), time_base=Fraction(1, 25)) as writer:
        writer.write(pixels, 0)
        writer.write(255 - pixels, 1)

    with av.open(str(tmp_path / "a.mkv")) as container:
        read = [frame.to_ndarray(format="rgb24" if channels else "gray") for frame in container.decode(video=0)]
    assert np.array_equal(read, [pixels, 255 - pixels])
