"""Pictures in the size in which a network reads them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.inputs import blob, resize, resized_once


@given(
    height=st.integers(400, 700),
    width=st.integers(400, 700),
    down=st.floats(0.5, 9),
    across=st.floats(0.5, 9),
    seed=st.integers(0, 9),
)
def test_a_picture_of_another_size_is_the_mean_of_areas_but_for_less_than_a_pixel(height, width, down, across, seed):
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    photo = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    size = (int(width / across), int(height / down))

    made = resize(photo, *size)

    assert made.shape == (size[1], size[0], 3)
    # Pixels that are left over from halving are less than one of the result.
    assert np.abs(made - cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(int)).mean() < 5


@pytest.mark.parametrize("times", [1, 1.2, 1.5, 1.8, 2, 3, 4.5, 8])
def test_no_row_and_no_column_is_skipped_when_a_picture_shrinks(times):
    side = round(64 / times)
    for place in range(64):
        photo = np.zeros((64, 64, 3), np.uint8)
        photo[place], photo[:, 63 - place] = 255, 255

        shrunk = resize(photo, side, side)

        assert min(shrunk.max(axis=(0, 2)).min(), shrunk.max(axis=(1, 2)).min()) >= 255 / times / 4


@pytest.mark.parametrize("bgr", [False, True])
def test_a_network_reads_plane_by_plane(bgr):
    photo = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)

    read = blob(photo, bgr=bgr)

    assert read.flags.c_contiguous
    np.testing.assert_array_equal(read, cv2.dnn.blobFromImage(photo, swapRB=bgr))


def test_sizes_of_a_picture_are_made_once_for_all_who_look_meanwhile_and_are_those_made_apart():
    photo = np.random.default_rng(0).integers(0, 256, (301, 402, 3), np.uint8)
    lengths = [(201, 150), (100, 75), (90, 70), (300, 200)]
    apart = [resize(photo, *each) for each in lengths]

    with resized_once(photo):
        first, again = ([resize(photo, *each) for each in lengths] for _ in range(2))
        tiles = [resize(photo[at : at + 100, :100], 50, 50) for at in (0, 100, 200)]

    assert all(one is other for one, other in zip(first, again, strict=True))
    assert all(np.array_equal(one, other) for one, other in zip(first, apart, strict=True))
    assert all(
        np.array_equal(tile, resize(photo[at : at + 100, :100], 50, 50))
        for at, tile in zip((0, 100, 200), tiles, strict=True)
    )
    assert resize(photo, *lengths[0]) is not first[0]
