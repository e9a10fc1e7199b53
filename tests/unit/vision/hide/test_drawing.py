"""Debug drawing shows what was found and uncovers nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.hide.drawing import CLASS_COLORS, EDGE, draw_debug

WIDTH, HEIGHT = 120, 90


def regions(*boxes, object_class=ObjectClass.FACE, score=0.97):
    seen = Detections.of(boxes, [score] * len(boxes), object_class)
    return regions_of(seen, dict.fromkeys(ObjectClass, RegionStyle(feather=0.2)), width=WIDTH, height=HEIGHT)


def ground(level, depth=np.uint8, channels=3):
    return np.full((HEIGHT, WIDTH, channels), level, depth)


@pytest.mark.parametrize("object_class", ObjectClass)
@pytest.mark.parametrize(("depth", "step"), [(np.uint8, 1), (np.uint16, 257)])
def test_a_box_is_drawn_in_the_color_of_its_class_with_a_dark_edge(object_class, depth, step):
    drawn = draw_debug(ground(200, depth), regions([40, 30, 70, 60], object_class=object_class), scores=False)

    assert drawn[45, 40].tolist() == [part * step for part in CLASS_COLORS[object_class]]
    assert drawn[45, 39].tolist() == drawn[45, 41].tolist() == list(EDGE)


def test_the_outline_of_the_core_is_drawn():
    found = regions([40, 30, 70, 60])
    before = ground(200)

    drawn = draw_debug(before, found, scores=False)

    (region,) = found
    leftmost = region.x1 + np.flatnonzero(region.core.any(axis=0))[0]
    assert (drawn[45, leftmost] != before[45, leftmost]).any()


@given(
    st.lists(st.tuples(*[st.floats(min_value=-50, max_value=200, width=32)] * 2), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([np.uint8, np.uint16]),
    st.sampled_from([1, 3]),
)
def test_a_drawing_has_no_colors_but_its_own_and_those_of_the_picture_it_was_given(corners, scores, depth, channels):
    boxes = [(x, y, x + 30, y + 20) for x, y in corners]
    before = ground(77, depth, channels)
    before.setflags(write=False)

    drawn = draw_debug(before, regions(*boxes), scores=scores)

    step = np.iinfo(depth).max // 255
    red, green, blue = (part * step for part in CLASS_COLORS[ObjectClass.FACE])
    own = {(red, green, blue), (0, 0, 0), (77, 77, 77)} if channels == 3 else {(128 * step,), (0,), (77,)}
    assert {tuple(color) for color in np.unique(drawn.reshape(-1, channels), axis=0).tolist()} <= own
    assert (drawn.shape, drawn.dtype) == (before.shape, before.dtype)


@pytest.mark.parametrize("box", [[40, 30, 70, 60], [40, 0, 70, 20], [110, 80, 130, 100]])
def test_scores_are_drawn_only_if_asked_for(box):
    without, with_scores = (draw_debug(ground(200), regions(box), scores=scores) for scores in (False, True))

    assert not np.array_equal(without, with_scores)


def test_lines_grow_with_the_picture():
    seen = Detections.of([[1000, 1000, 1500, 1500]])
    found = regions_of(seen, {ObjectClass.FACE: RegionStyle()}, width=3000, height=2000)

    drawn = draw_debug(np.zeros((2000, 3000, 3), np.uint8), found, scores=False)

    assert np.count_nonzero(drawn[1250, 980:1020].any(axis=1)) >= 6
