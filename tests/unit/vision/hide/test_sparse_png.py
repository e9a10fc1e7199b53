"""Mostly empty pictures as PNG: whatever other programs read is what was written."""

import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from veil_vision.hide.sparse_png import sparse_png
from veil_vision.image.png_chunks import chunks


def read(png):
    image = Image.open(io.BytesIO(png))
    image.load()
    return np.asarray(image)


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([(), (3,)])),
    st.lists(st.tuples(*[st.integers(0, 39)] * 4, st.integers(1, 255)), max_size=4),
)
def test_other_programs_read_what_was_written(size, marks):
    height, width, channels = size
    pixels = np.zeros((height, width, *channels), np.uint8)
    for x1, y1, x2, y2, value in marks:
        pixels[min(y1, y2) : max(y1, y2) + 1, min(x1, x2) : max(x1, x2) + 1] = value

    np.testing.assert_array_equal(read(sparse_png(pixels)), pixels)


@pytest.mark.parametrize("height", [1, 3000])
@pytest.mark.parametrize("filled", [[], [0], [-1], [0, -1]])
def test_runs_of_megabytes_are_whole_and_their_checksum_holds(height, filled):
    pixels = np.zeros((height, 1111), np.uint8)
    pixels[filled, 500:600] = 255
    png = sparse_png(pixels)
    (data,) = [chunk.payload for chunk in chunks(memoryview(png)) if chunk.type == b"IDAT"]

    assert len(zlib.decompress(data)) == height * 1112
    np.testing.assert_array_equal(read(png), pixels)


def test_an_empty_mask_of_many_megapixels_takes_a_few_kilobytes():
    assert len(sparse_png(np.zeros((4000, 6000), np.uint8))) < 40_000
