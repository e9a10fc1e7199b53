"""Pictures are made smaller by means of areas, nearly."""

import cv2
import numpy as np
import pytest

from veil_vision.image.shrinking import shrunk


@pytest.mark.parametrize("size", [(20, 24), (19, 23), (11, 13), (7, 5)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_smooth_picture_stays_what_it_is(size, channels):
    rows, columns = np.mgrid[0:48, 0:40].astype(np.float32)
    picture = np.dstack([rows * 2 + columns * factor + 20 for factor in range(channels)]).astype(np.uint8)

    small = shrunk(picture, *size).reshape(size[1], size[0], channels)

    means = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA).reshape(small.shape)
    assert np.abs(small - means).max() <= 2


def test_no_sample_is_left_out():
    picture = np.random.default_rng(1).integers(0, 65536, (47, 53), dtype=np.uint16)
    for row, column in [(0, 0), (23, 26), (46, 52)]:
        changed = picture.copy()
        changed[row, column] ^= 0x8000

        assert not np.array_equal(shrunk(changed, 20, 21), shrunk(picture, 20, 21))


def test_a_picture_of_the_wanted_size_stays_as_it_is():
    picture = np.random.default_rng(1).integers(0, 256, (24, 24, 4), dtype=np.uint8)

    assert shrunk(picture, 24, 24) is picture
