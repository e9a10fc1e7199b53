"""Hidden places are filled with what surrounds them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.hide.fill import GREY, fill

sides = st.integers(min_value=1, max_value=60)


@given(sides, sides, st.integers(min_value=1, max_value=48), st.floats(min_value=0, max_value=1))
def test_a_fill_depends_on_visible_pixels_only(width, height, cells, share):
    random = np.random.default_rng(1)
    hidden = random.random((height, width)) < share
    original, other = (random.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))

    painted = np.where(hidden[..., None], other, original)

    np.testing.assert_array_equal(fill(original, hidden, cells=cells), fill(painted, hidden, cells=cells))


@given(sides, sides, st.integers(min_value=1, max_value=48))
def test_with_nothing_visible_a_fill_is_mid_grey(width, height, cells):
    filled = fill(np.zeros((height, width, 3), np.uint8), np.ones((height, width), bool), cells=cells)

    assert (filled == GREY).all()


@given(sides, sides, st.integers(min_value=1, max_value=48), st.floats(min_value=0, max_value=1))
def test_a_fill_stays_within_the_colors_around_it(width, height, cells, share):
    random = np.random.default_rng(2)
    hidden = random.random((height, width)) < share
    original = random.integers(100, 151, (height, width, 1), np.uint8)

    filled = fill(original, hidden, cells=cells)

    # Half a level is lost where a cell of few visible pixels is rounded; the least visible share is 1/16.
    assert (filled >= 100 / 255 - 0.04).all()
    assert (filled <= 150 / 255 + 0.04).all() or (filled == GREY).all()


def test_a_hole_in_a_ramp_is_filled_with_the_ramp():
    ramp = np.broadcast_to(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], (96, 96, 1))
    hidden = np.zeros((96, 96), bool)
    hidden[32:64, 32:64] = True

    filled = fill(ramp, hidden, cells=48)

    truth = ramp[::2, ::2].astype(float) / 255
    assert np.abs(filled - truth).max() < 0.12


def test_a_fill_has_no_more_cells_than_asked_for_and_none_smaller_than_a_pixel():
    wide = fill(np.zeros((10, 400, 3), np.uint8), np.zeros((10, 400), bool), cells=48)
    tiny = fill(np.zeros((2, 5, 3), np.uint8), np.zeros((2, 5), bool), cells=48)

    assert wide.shape == (1, 48, 3)
    assert tiny.shape == (2, 5, 3)
