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


def test_windows_that_overlap_touch_edges_and_lie_above_each_other_hold_all_there_is():
    pixels = np.zeros((60, 90, 3), np.uint8)
    windows = [np.s_[0:20, 0:30], np.s_[10:40, 20:90], np.s_[20:60, 0:15], np.s_[59:60, 50:51]]
    for value, window in enumerate(windows, start=200):
        pixels[window] = value

    np.testing.assert_array_equal(read(sparse_png(pixels, windows)), pixels)


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
