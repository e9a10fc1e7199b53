"""A mask that is stored can be fetched smaller, and is what it would have been had it been made so."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from veil_vision.hide.masks import scale_mask
from veil_vision.hide.sparse_png import sparse_png

SIDES = st.integers(1, 40)
GREY = arrays.arrays(np.uint8, st.tuples(SIDES, SIDES))
COLOUR = arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3)))


def pixels(png):
    return np.asarray(Image.open(BytesIO(png)))


@given(GREY | COLOUR, st.floats(0, 100))
def test_a_smaller_mask_has_only_pixels_of_the_whole_one(mask, scale):
    smaller = pixels(scale_mask(sparse_png(mask), scale))

    height, width = (max(1, round(side * scale / 100)) for side in mask.shape[:2])
    assert smaller.shape == (height, width, *mask.shape[2:])
    colours = {tuple(np.atleast_1d(pixel)) for pixel in mask.reshape(-1, *mask.shape[2:])}
    assert {tuple(np.atleast_1d(pixel)) for pixel in smaller.reshape(-1, *mask.shape[2:])} <= colours


@given(GREY | COLOUR)
def test_a_mask_of_full_size_stays_as_it_is(mask):
    assert np.array_equal(pixels(scale_mask(sparse_png(mask), 100)), mask)


@pytest.mark.parametrize("scale", [-1, 101])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(ValueError, match="mask scale"):
        scale_mask(sparse_png(np.zeros((2, 2), np.uint8)), scale)
