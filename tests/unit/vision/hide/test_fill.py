"""Hidden places are filled with what surrounds them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.hide.fill import GREY, fill


def shown(pixels, hidden):
    """A window as `fill` takes it."""
    return [pixels], hidden


sides = st.integers(min_value=1, max_value=80)
shares = st.floats(min_value=0, max_value=1)


@given(sides, sides, shares)
def test_a_fill_depends_on_visible_pixels_only(width, height, share):
    random = np.random.default_rng(1)
    hidden = random.random((height, width)) < share
    original, other = (random.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))

    painted = np.where(hidden[..., None], other, original)

    np.testing.assert_array_equal(*(fill([shown(each, hidden)], white=255) for each in (original, painted)))


@given(sides, sides)
def test_with_nothing_visible_a_fill_is_mid_grey(width, height):
    [filled] = fill([shown(np.zeros((height, width, 3), np.uint8), np.ones((height, width), bool))], white=255)

    assert (filled == GREY).all()


@given(sides, sides, shares)
def test_a_fill_stays_within_the_colors_around_it(width, height, share):
    random = np.random.default_rng(2)
    hidden = random.random((height, width)) < share
    original = random.integers(100, 151, (height, width, 1), np.uint8)

    [filled] = fill([shown(original, hidden)], white=255)

    # Half a level is lost where a cell of few visible pixels is rounded; the least visible share is 1/16.
    assert (filled >= 100 / 255 - 0.04).all()
    assert (filled <= 150 / 255 + 0.04).all() or (filled == GREY).all()


@given(
    st.lists(st.tuples(sides, sides, shares), min_size=1, max_size=6),
    st.sampled_from([(np.uint8, 255), (np.uint16, 1023)]),
)
def test_a_window_is_filled_the_same_whatever_is_filled_with_it(kinds, depth):
    random, (dtype, white) = np.random.default_rng(3), depth
    windows = [
        shown(random.integers(0, white + 1, (height, width, 3)).astype(dtype), random.random((height, width)) < share)
        for width, height, share in kinds
    ]

    together = fill(windows, white=white)

    for window, filled in zip(windows, together, strict=True):
        np.testing.assert_allclose(filled, fill([window], white=white)[0], atol=1e-5)


def test_a_hole_in_a_ramp_is_filled_with_the_ramp():
    ramp = np.broadcast_to(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], (96, 96, 1))
    hidden = np.zeros((96, 96), bool)
    hidden[32:64, 32:64] = True

    [filled] = fill([shown(ramp, hidden)], white=255)

    truth = ramp.reshape(24, 4, 24, 4).mean(axis=(1, 3))[..., None] / 255
    assert np.abs(filled - truth).max() < 0.12


def test_a_fill_has_cells_that_can_be_halved_down_to_three_and_none_smaller_than_a_pixel():
    shapes = [(10, 400, 3), (2, 5, 3), (1, 1, 3)]

    filled = fill([shown(np.zeros(shape, np.uint8), np.zeros(shape[:2], bool)) for shape in shapes], white=255)

    assert [each.shape for each in filled] == [(8, 24, 3), (2, 4, 3), (1, 1, 3)]
