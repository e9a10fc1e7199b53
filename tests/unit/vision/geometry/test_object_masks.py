"""Segments: exact cells, and dilation that never falls short of what was asked for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.object_masks import Segment, distances

WINDOW = (0, 0, 40, 30)
SUBPIXELS = 12
reaches = st.just(0.0) | st.floats(0.01, 30)


@st.composite
def segments(draw):
    """A grid over or beside the window, its cells from one pixel to a few dozen, rarely square."""
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    left, top = draw(st.integers(-30, 45)), draw(st.integers(-30, 35))
    width, height = draw(st.integers(columns, 60)), draw(st.integers(rows, 60))
    cells = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return Segment.of((left, top, left + width, top + height), np.array(cells).reshape(rows, columns))


def rectangles(segment):
    """The filled cells as x1 y1 x2 y2, one row each."""
    x1, y1, x2, y2 = segment.place
    rows, columns = segment.cells.shape
    down, across = np.nonzero(segment.cells)
    wide, high = (x2 - x1) / columns, (y2 - y1) / rows
    return np.stack([x1 + across * wide, y1 + down * high, x1 + (across + 1) * wide, y1 + (down + 1) * high], axis=1)


def gaps(segment):
    """An independent oracle: how far each pixel cell of the window is from the nearest filled cell; inf without one."""
    columns, rows = np.meshgrid(np.arange(WINDOW[2]), np.arange(WINDOW[3]))
    nearest = np.full(columns.shape, np.inf)
    for x1, y1, x2, y2 in rectangles(segment):
        across = np.maximum(np.maximum(x1 - (columns + 1), columns - x2), 0)
        down = np.maximum(np.maximum(y1 - (rows + 1), rows - y2), 0)
        nearest = np.minimum(nearest, np.hypot(across, down))
    return nearest


def sampled_inside(segment):
    """An independent oracle: pixel cells of which some sub-pixel sample lies in a filled cell."""
    inside = np.zeros((WINDOW[3] * SUBPIXELS, WINDOW[2] * SUBPIXELS), bool)
    xs, ys = ((np.arange(length * SUBPIXELS) + 0.5) / SUBPIXELS for length in WINDOW[2:])
    for x1, y1, x2, y2 in rectangles(segment):
        inside |= ((ys >= y1 + 1e-9) & (ys < y2 - 1e-9))[:, None] & ((xs >= x1 + 1e-9) & (xs < x2 - 1e-9))
    return inside.reshape(WINDOW[3], SUBPIXELS, WINDOW[2], SUBPIXELS).any(axis=(1, 3))


@given(segments())
def test_every_pixel_a_filled_cell_touches_is_in_it(segment):
    assert segment.within(WINDOW, 0)[sampled_inside(segment)].all()


@given(segments())
def test_no_other_pixel_is_in_it(segment):
    assert not segment.within(WINDOW, 0)[gaps(segment) > 1e-9].any()


@given(segments(), reaches)
def test_every_pixel_within_reach_is_in_it(segment, reach):
    assert segment.within(WINDOW, reach)[gaps(segment) < reach].all()


@given(segments(), reaches)
def test_it_reaches_hardly_further_than_asked(segment, reach):
    x1, y1, x2, y2 = segment.place
    rows, columns = segment.cells.shape
    wide, high = (x2 - x1) / columns, (y2 - y1) / rows
    coarsest, stretch = math.hypot(wide, high), max(wide, high) / min(wide, high)

    far = segment.within(WINDOW, reach) & (gaps(segment) > stretch * (reach + 3 * coarsest) + 2)

    assert not far.any()


@given(segments(), reaches, reaches)
def test_a_longer_reach_loses_nothing(segment, one, other):
    less, more = sorted([one, other])

    assert (segment.within(WINDOW, less) <= segment.within(WINDOW, more)).all()


@given(segments(), reaches, st.integers(0, 39), st.integers(0, 29), st.integers(-100, 100))
def test_it_is_the_same_in_every_window_and_wherever_it_is_moved(segment, reach, left, top, across):
    whole = segment.within(WINDOW, reach)

    part = segment.within((left, top, 40, 30), reach)
    moved = segment.moved(across).within((across, 0, 40 + across, 30), reach)

    np.testing.assert_array_equal(part, whole[top:, left:])
    np.testing.assert_array_equal(moved, whole)


@pytest.mark.parametrize("shape", [(5, 3), (3, 9), (0, 3), (3, 0)])
def test_a_grid_that_is_finer_than_pixels_or_empty_is_refused(shape):
    with pytest.raises(ValueError, match="cells"):
        Segment.of((10, 10, 14, 14), np.ones(shape, bool))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (3, 5)])
def test_where_nothing_is_filled_everything_is_infinitely_far_away(shape):
    assert distances(np.zeros(shape, bool)).shape == shape
    assert np.isinf(distances(np.zeros(shape, bool))).all()


def test_cells_belong_to_a_box_by_their_centres():
    segment = Segment.of((0, 0, 8, 4), np.arange(8).reshape(2, 4) % 3 == 0)

    assert segment.inside((2, 0, 6, 2)).tolist() == [[False, False]]
    assert segment.inside((-9, -9, 99, 99)).tolist() == segment.cells.tolist()
    assert segment.inside((2, 2, 3.5, 4)).tolist() == [[False]]
