"""When frames are searched: by the clock, less often where nothing changes, at once where the picture is new."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.profiles import ProfileName
from veil_vision.pipelines.pace import (
    CELL,
    HELD,
    MOST_FRAMES,
    PACES,
    GlanceSchedule,
    LookSizes,
    SearchSchedule,
    cells_of,
    with_durations,
)
from veil_vision.track.cuts import thumbnail
from veil_vision.video.frame_decoder import DecodedFrame

BALANCED = PACES[ProfileName.BALANCED]
MILLISECONDS = Fraction(1, 1000)


class Facts:
    """What of a video its pace depends on."""

    time_base = MILLISECONDS

    def __init__(self, *shown, pixel_format="yuv420p"):
        self.shown, self.pixel_format = shown, pixel_format


def picture(level=0, at=0):
    """A quiet picture with a spot of six pixels, brighter by so many levels."""
    pixels = np.full((180, 320, 3), 100, np.uint8)
    pixels[80:86, at : at + 6] += np.uint8(level)
    return pixels


def searched(pictures, *, times=None, pace=BALANCED, cuts=(), broken=(), facts=None):
    searches = SearchSchedule(pace, facts or Facts(960, 540))
    times = times or range(0, 40 * len(pictures), 40)
    frames = [DecodedFrame(number, time, 40, None, number in broken) for number, time in enumerate(times)]
    return [
        frame.number
        for (frame, lasts), pixels in zip(with_durations(frames), pictures, strict=True)
        if searches.takes(
            frame, cells_of(pixels, CELL), thumbnail(pixels), lasts=lasts, begins_shot=frame.number in cuts
        )
    ]


def moving(frames):
    return [picture(60, at=4 * number) for number in range(frames)]


def test_every_third_of_a_second_a_frame_is_searched_where_something_moves():
    assert searched(moving(30)) == [0, 8, 16, 24]


def test_every_second_a_frame_is_searched_where_nothing_does():
    assert searched([picture()] * 60) == [0, 25, 50]


def test_noise_is_no_change():
    chance = np.random.default_rng(1)
    noisy = [(picture() + chance.normal(0, 8, (180, 320, 3))).clip(0, 255).astype(np.uint8) for _ in range(30)]

    assert searched(noisy) == [0, 25]


def test_what_is_as_small_as_a_face_that_no_glance_sees_counts_as_a_change():
    assert searched([picture()] * 12 + [picture(40)] * 12) == [0, 12]


def test_a_shot_begins_with_a_search():
    assert searched([picture()] * 12, cuts=[5]) == [0, 5]


def test_another_picture_is_searched_at_once():
    assert searched([picture()] * 5 + [np.full((180, 320, 3), 200, np.uint8)] * 5) == [0, 5]


def test_instead_of_a_damaged_frame_the_next_one_is_searched():
    assert searched(moving(12), broken=[0, 8]) == [1, 9]


def test_a_search_in_every_frame_is_one_in_every_frame():
    assert searched([picture()] * 5, pace=PACES[ProfileName.THOROUGH]) == [0, 1, 2, 3, 4]


def test_a_frame_that_is_shown_for_long_is_searched_however_soon_after_another():
    assert searched([picture()] * 5, times=[0, 40, 5000, 5040, 5080], pace=PACES[ProfileName.FAST]) == [0, 1, 2]


def test_rare_frames_are_all_searched():
    assert searched(moving(4), times=[0, 700, 1500, 2100]) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("facts", "most"),
    [
        (Facts(64, 64), MOST_FRAMES),
        (Facts(8192, 4096), HELD // (3 * 8192 * 4096)),
        (Facts(8192, 4096, pixel_format="yuv444p10le"), HELD // (6 * 8192 * 4096)),
    ],
    ids=["small", "as large in RGB as can be", "larger as the decoder made them"],
)
def test_memory_and_a_number_of_frames_bound_what_lies_between_searches_whatever_the_times(facts, most):
    found = searched([picture()] * 130, times=range(130), facts=facts)

    assert {after - before for before, after in pairwise(found)} == {most}


@given(st.lists(st.tuples(st.integers(1, 1500), st.booleans()), min_size=2, max_size=40))
def test_no_two_searches_lie_further_apart_than_the_pace_says_and_half_a_frame(frames):
    steps, changes = zip(*frames, strict=True)
    times = np.cumsum((0, *steps[1:])).tolist()
    pictures = [picture(60 * change, at=20) for change in changes]

    found = searched(pictures, times=times)

    for before, after in pairwise(found):
        if after - before > 1:
            last, step = times[after - 1], times[after] - times[after - 1]
            assert (last - times[before] + step / 2) / 1000 < BALANCED.at_rest


def looks(pictures, *, pace=BALANCED, step=40, searched=()):
    """By frame: whether it is looked at whole, or looks like the last one that was, or neither."""
    wholes, told = GlanceSchedule(pace, Facts(960, 540)), []
    for number, pixels in enumerate(pictures):
        frame, cells = DecodedFrame(number, number * step, step, None, is_broken=False), cells_of(pixels, CELL)
        if number not in searched and wholes.holds(cells):
            told.append("at rest")
        else:
            takes = wholes.takes(frame, cells, lasts=step, searched=number in searched)
            told.append("whole" if takes else "near")
    return told


def test_what_creeps_is_no_rest_once_it_differs_from_the_frame_that_was_looked_at_whole():
    pictures = [picture(8 * step) for step in range(5)]

    assert looks(pictures, step=80) == ["whole", "at rest", "whole", "at rest", "whole"]


def test_a_searched_frame_is_looked_at_whole_however_it_looks_and_however_soon():
    assert looks([picture()] * 4, searched=[1, 2]) == ["whole", "whole", "whole", "at rest"]


@pytest.mark.parametrize(("rate", "apart"), [(10, 1), (25, 2), (30, 2), (50, 4)])
def test_where_something_moves_frames_are_looked_at_whole_by_the_clock(rate, apart):
    told = looks(moving(13), step=1000 / rate)

    assert told == [("near", "whole")[number % apart == 0] for number in range(13)]


def test_a_frame_that_equals_one_that_was_looked_at_nearby_alone_is_not_at_rest():
    assert looks([picture(), picture(60), picture(60), picture(60)]) == ["whole", "near", "whole", "at rest"]


@pytest.mark.parametrize(("height", "width"), [(180, 320), (177, 323), (5, 3)])
def test_cells_have_the_mean_of_their_pixels_also_at_the_edges_and_none_is_left_out(height, width):
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)

    cells = cells_of(pixels, 8)

    assert cells.shape == (-(-height // 8), -(-width // 8), 3)
    whole = pixels[: height // 8 * 8, : width // 8 * 8].reshape(height // 8, 8, width // 8, 8, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(cells[: height // 8, : width // 8], whole, atol=1)
    for corner in ((0, -1), (-1, 0), (-1, -1)):
        changed = pixels.copy()
        changed[corner] ^= 0x80
        assert np.abs(cells_of(changed, 8) - cells).max() >= 1


@pytest.mark.parametrize(
    ("shown", "sizes"),
    [
        ((1920, 1080), LookSizes((960, 540), (240, 135), 2)),
        ((608, 1080), LookSizes((540, 960), (135, 240), 2)),
        ((320, 240), LookSizes((320, 240), (160, 120), 4)),
        ((160, 90), LookSizes((160, 90), (160, 90), 8)),
        ((2000, 1), LookSizes((960, 1), (240, 1), 2)),
    ],
)
def test_cuts_and_changes_are_told_from_pictures_as_small_as_they_can_be(shown, sizes):
    assert LookSizes.of(shown, 960) == sizes
