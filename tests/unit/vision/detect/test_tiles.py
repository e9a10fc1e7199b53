"""Tiles: geometry, merging, and a search that misses neither the small nor the large."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.tiles import search, tiles
from veil_vision.geometry.boxes import iou
from veil_vision.geometry.detections import Detections
from veil_vision.models.catalogue import catalogue
from veil_vision.models.plans import SearchPlan

FACES = SearchPlan(960, 1280, 1280, 4_000_000, 1280, 32)
LENGTHS = st.integers(1, 9000)
PORTRAIT_FACE = np.array([[175, 53, 275, 180]], np.float32)


@dataclass
class Recorder:
    """A detector that finds nothing and remembers what it was shown."""

    views: list = field(default_factory=list)
    search_plan: SearchPlan = FACES

    def detect(self, pixels, *, threshold, long_side):
        self.views.append((pixels.shape[1], pixels.shape[0], long_side))
        return Detections.of([])


@given(width=LENGTHS, height=LENGTHS, side=st.sampled_from([320, 640, 1280]), overlap=st.integers(0, 160))
def test_tiles_cover_every_pixel_and_stay_within_picture_and_size(width, height, side, overlap):
    found = tiles(width, height, side=side, overlap=overlap)

    columns, rows = {(x1, x2) for x1, _, x2, _ in found}, {(y1, y2) for _, y1, _, y2 in found}
    assert len(found) == len(columns) * len(rows)
    for spans, length in ((sorted(columns), width), (sorted(rows), height)):
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(following[0] <= span[1] for span, following in pairwise(spans))
        assert all(0 < end - start <= side for start, end in spans)


@given(data=st.data(), width=LENGTHS, height=LENGTHS, overlap=st.integers(1, 640))
def test_whatever_is_no_larger_than_the_overlap_lies_whole_in_some_tile(data, width, height, overlap):
    x1 = data.draw(st.integers(0, width - 1))
    y1 = data.draw(st.integers(0, height - 1))
    x2, y2 = min(width, x1 + overlap), min(height, y1 + overlap)

    found = tiles(width, height, side=1280, overlap=overlap)

    assert any(left <= x1 and top <= y1 and x2 <= right and y2 <= bottom for left, top, right, bottom in found)


@given(plan=st.sampled_from([card.search for card in catalogue()]), length=st.integers(1, 60_000))
def test_the_overlap_of_every_model_leaves_tiles_room_to_advance(plan, length):
    assert 0 < plan.overlap(length) < plan.tile_side


@pytest.mark.parametrize(
    ("width", "height", "views"),
    [
        (640, 480, [(640, 480, 960)]),
        (1200, 900, [(1200, 900, 1200)]),
        (1920, 1080, [(1920, 1080, 960), (992, 1080, 1080), (992, 1080, 1080)]),
        (4000, 3000, [(2309, 1732, 960)] + [(1216, 928, 1216)] * 4),
    ],
)
def test_small_pictures_take_one_pass_and_large_ones_a_whole_view_and_tiles(width, height, views):
    recorder = Recorder()

    search(recorder, np.zeros((height, width, 3), np.uint8), threshold=0.3)

    assert recorder.views == views


def test_the_coarse_look_is_one_more_of_the_whole_picture():
    small, large = Recorder(), Recorder()
    plan = replace(FACES, coarse_long_side=320)

    search(small, np.zeros((480, 640, 3), np.uint8), threshold=0.3, plan=plan)
    search(large, np.zeros((1080, 1920, 3), np.uint8), threshold=0.3, plan=plan)

    assert small.views == [(640, 480, 960), (640, 480, 320)]
    assert large.views[0] == (1920, 1080, 960)
    assert large.views[-1] == (1920, 1080, 320)
    assert len(large.views) == 4


@dataclass
class Coarse:
    """A detector that sees something at 320 pixels only."""

    detector: object
    search_plan: SearchPlan = FACES

    def detect(self, pixels, *, threshold, long_side):
        seen = self.detector.detect(pixels, threshold=threshold, long_side=long_side)
        return seen if long_side == 320 else Detections.of([])


def test_the_coarse_look_counts_only_for_what_fills_most_of_the_picture(scenes):
    pixels = scenes.marked([5, 5, 195, 195], [250, 20, 290, 60])

    found = search(Coarse(scenes.finder()), pixels, threshold=0.5, plan=replace(FACES, coarse_long_side=320))

    assert found.boxes.tolist() == [[5, 5, 195, 195]]


def test_the_coarse_look_counts_only_for_what_it_sees_well(scenes):
    pixels, plan = scenes.marked([5, 5, 195, 195, 150]), replace(FACES, coarse_long_side=320)
    coarse = Coarse(scenes.finder())

    assert len(search(coarse, pixels, threshold=0.5, plan=plan)) == 1
    assert len(search(coarse, pixels, threshold=0.5, plan=replace(plan, coarse_score=0.7))) == 0


def test_the_small_look_counts_only_for_what_is_a_tenth_of_the_picture(scenes):
    pixels = scenes.marked([5, 5, 65, 65], [250, 20, 270, 40])

    found = search(Coarse(scenes.finder()), pixels, threshold=0.5, plan=replace(FACES, small_long_side=320))

    assert found.boxes.tolist() == [[5, 5, 65, 65]]


def test_a_face_that_fills_the_picture_is_found(face_detector, astronaut):
    face = cv2.resize(astronaut[53:180, 175:275], None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)

    found = search(face_detector, face, threshold=0.30)

    assert iou(found.boxes, np.array([[0, 0, 800, 1016]], np.float32)).max() > 0.5


def test_each_turn_is_one_more_search_of_the_turned_picture():
    recorder = Recorder(search_plan=replace(FACES, turns=(1, 2)))

    search(recorder, np.zeros((480, 640, 3), np.uint8), threshold=0.3)

    assert recorder.views == [(640, 480, 960), (480, 640, 960), (640, 480, 960)]


@pytest.mark.parametrize("turns", [(1,), (2,), (3,), (1, 2, 3)])
def test_what_turns_show_is_found_where_it_is_and_once(scenes, turns):
    finder = scenes.finder()
    marks = [[10, 20, 60, 90], [1500, 900, 1540, 1000]]

    found = search(
        finder,
        scenes.marked(*marks, width=1800, height=1200),
        threshold=0.5,
        plan=replace(finder.search_plan, turns=turns),
    )

    assert len(found) == 2
    assert iou(found.boxes, np.array(marks, np.float32)).max(axis=1).min() > 0.9


def pasted(astronaut, *squares, width, height):
    """The portrait's upper middle on grey in squares of side, left and top, and where its faces then are."""
    canvas = np.full((height, width, 3), 128, np.uint8)
    for side, left, top in squares:
        how = cv2.INTER_AREA if side < 256 else cv2.INTER_CUBIC
        portrait = cv2.resize(astronaut[:256, 96:352], (side, side), interpolation=how)
        canvas[top : top + side, left : left + side] = portrait
    faces = [(PORTRAIT_FACE - [96, 0, 96, 0]) * side / 256 + [left, top, left, top] for side, left, top in squares]
    return canvas, np.concatenate(faces).astype(np.float32)


@pytest.mark.parametrize(
    "squares",
    [
        pytest.param([(60, 1850, 1300), (90, 3910, 2910)], id="tiny where four tiles meet, small in the last corner"),
        pytest.param([(500, 1700, 1200)], id="middle-sized, across all inner edges"),
        pytest.param([(1767, 1411, 670)], id="larger than a tile's overlap"),
        pytest.param([(2900, 500, 50)], id="nearly the whole picture"),
    ],
)
def test_a_face_of_any_size_anywhere_is_found_exactly_once(face_detector, astronaut, squares):
    photo, faces = pasted(astronaut, *squares, width=4000, height=3000)

    found = search(face_detector, photo, threshold=0.30)

    assert len(found) == len(faces)
    assert iou(found.boxes, faces).max(axis=0).min() > 0.6


def test_without_tiles_the_tiny_face_is_lost(face_detector, astronaut):
    """Shows that the test above tests the tiles."""
    photo, _ = pasted(astronaut, (60, 1850, 1300), width=4000, height=3000)

    found = face_detector.detect(photo, threshold=0.30, long_side=960)

    assert len(found) == 0
