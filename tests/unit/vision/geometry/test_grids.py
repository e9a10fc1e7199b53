"""Grids of tiles: they cover the picture, share what is asked for, and refuse pictures they do not fit."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from veil_vision.errors import FormatMismatchError
from veil_vision.geometry.grids import Grid

counts = st.integers(1, 8)
overlaps = st.one_of(st.just(0), st.floats(0.01, 0.9), st.integers(1, 60))


@given(counts, counts, overlaps, st.integers(64, 900), st.integers(64, 900))
def test_tiles_lie_in_the_picture_and_cover_it(columns, rows, overlap, width, height):
    tiles = _tiles_or_none(Grid(columns, rows, overlap, overlap), width, height)
    assume(tiles is not None)

    seen = np.zeros((height, width), bool)
    for left, top, right, bottom in tiles:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        seen[top:bottom, left:right] = True
    assert len(tiles) == columns * rows
    assert seen.all()


@given(counts.filter(lambda count: count > 1), overlaps, st.integers(300, 2000))
def test_neighbours_share_at_least_the_overlap(columns, overlap, width):
    tiles = _tiles_or_none(Grid(columns, 1, overlap_x=overlap), width, 100)
    assume(tiles is not None)

    wanted = overlap if overlap >= 1 else overlap * width / columns
    for before, after in itertools.pairwise(tiles):
        assert before[2] - after[0] >= min(wanted, before[2], width - after[0])


@given(counts, overlaps, st.integers(64, 900))
def test_where_the_picture_wraps_the_last_tile_shares_as_much_with_the_first(columns, overlap, width):
    tiles = _tiles_or_none(Grid(columns, 1, overlap_x=overlap, wraps=True), width, 100)
    assume(tiles is not None)

    wanted = overlap if overlap >= 1 else overlap * width / columns
    for before, after in itertools.pairwise([*tiles, (tiles[0][0] + width, 0, tiles[0][2] + width, 100)]):
        assert before[2] - after[0] >= wanted


def test_the_panorama_preset_of_eight_thousand_pixels_has_two_rows_of_four():
    grid = Grid(4, 2, 100, 100, width=8000, height=4000)

    tiles = grid.tiles(8000, 4000)

    assert len(tiles) == 8
    assert tiles[0] == (0, 0, 2050, 2050)
    assert tiles[5] == (1950, 1950, 4050, 4000)


@pytest.mark.parametrize("size", [(4000, 8000), (7999, 4000), (8000, 4001)])
def test_a_preset_refuses_pictures_of_another_size(size):
    with pytest.raises(FormatMismatchError, match="not 8000x4000"):
        Grid(4, 2, width=8000, height=4000).tiles(*size)


@given(st.integers(1, 64), st.one_of(overlaps, st.integers(1, 2000)), st.integers(64, 2000))
def test_no_pixel_is_searched_in_more_than_three_tiles_of_a_row(columns, overlap, width):
    tiles = _tiles_or_none(Grid(columns, 1, overlap_x=overlap), width, 100)
    assume(tiles)

    searched = np.zeros(width, np.int64)
    for left, _, right, _ in tiles:
        searched[left:right] += 1

    assert searched.max() <= 3


@pytest.mark.parametrize("grid", [Grid(20, 1), Grid(1, 20), Grid(1, 2, overlap_y=6), Grid(2, 1, overlap_x=9)])
def test_a_picture_too_small_for_its_grid_is_refused(grid):
    with pytest.raises(FormatMismatchError, match="do not fit"):
        grid.tiles(10, 10)


def _tiles_or_none(grid, width, height):
    try:
        return grid.tiles(width, height)
    except FormatMismatchError:
        return None


@given(st.integers(2, 200_000), st.integers(1, 100_000))
def test_the_grid_of_a_panorama_can_be_laid_over_every_size(width, height):
    tiles = Grid.of_panorama(width, height).tiles(width, height)

    reach = min(left for left, _, _, _ in tiles), max(right for _, _, right, _ in tiles)
    assert reach[0] < 0 or width < 60
    assert reach[1] > width or width < 30
