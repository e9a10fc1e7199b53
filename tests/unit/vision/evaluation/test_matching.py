"""What counts as found, as missed and as false."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.matching import compare, match
from veil_vision.geometry.boxes import iou
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of

PERSON, FACE = ObjectClass.PERSON, ObjectClass.FACE
SIZE = {"width": 100, "height": 80}

sides = st.tuples(st.integers(0, 60), st.integers(0, 50), st.integers(2, 40), st.integers(2, 30))
boxes = sides.map(lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3]))


def mark(*box, object_class=PERSON, **fields):
    return Mark(object_class, tuple(map(float, box)), "here", **fields)


def regions(*found, object_class=PERSON, margin=0.0, shape=Shape.BOX):
    """Regions of boxes, the surest first."""
    scores = np.linspace(0.9, 0.5, len(found)) if found else []
    style = RegionStyle(shape=shape, margin=margin)
    return regions_of(Detections.of(list(found), scores, object_class), {object_class: style}, **SIZE)


def judged(marks, found, classes=(PERSON,)):
    return compare(marks, found, classes, **SIZE)


def test_an_object_is_covered_when_nine_tenths_of_it_are_hidden():
    marks = [mark(10, 10, 20, 20)]

    shares = [judged(marks, regions((10, 10, 20, bottom))).marks[0] for bottom in (18, 19, 20)]

    assert [(round(each.covered, 6), each.missed) for each in shares] == [(0.8, True), (0.9, False), (1.0, False)]


def test_several_regions_cover_an_object_together_but_none_of_them_matches_it():
    found = judged([mark(0, 0, 20, 20)], regions((0, 0, 20, 7), (0, 7, 20, 14), (0, 14, 20, 20)))

    assert [(each.covered, each.matched) for each in found.marks] == [(1.0, False)]
    assert [(each.false, each.unmatched) for each in found.regions] == [(False, True)] * 3


def test_the_margin_helps_to_cover_and_not_to_match():
    narrow, wide = (judged([mark(10, 10, 30, 30)], regions((12, 12, 28, 28), margin=each)) for each in (0, 0.2))

    assert narrow.marks[0].missed
    assert not wide.marks[0].missed
    assert narrow.marks[0].matched == wide.marks[0].matched is True


def test_an_outline_is_covered_by_its_own_pixels_not_by_its_box():
    triangle = np.array([[0, 0], [40, 0], [0, 40]], np.float32)

    found = judged([mark(0, 0, 40, 40, polygons=(triangle,))], regions((0, 0, 40, 20)))

    assert found.marks[0].covered == pytest.approx(0.75, abs=0.03)


def test_what_touches_a_mark_is_not_false():
    found = judged([mark(0, 0, 20, 20)], regions((19, 19, 40, 40), (20, 20, 40, 40)))

    assert [each.false for each in found.regions] == [False, True]


def test_another_class_neither_covers_nor_excuses():
    found = judged([mark(0, 0, 20, 20)], regions((0, 0, 20, 20), object_class=FACE), (PERSON, FACE))

    assert found.marks[0].covered == 0
    assert found.regions[0].false
    assert found.hidden == {PERSON: 0, FACE: 400 / 8000}
    assert found.hidden_together == 400 / 8000


def test_what_does_not_count_is_no_miss_and_makes_nothing_false():
    crowd = mark(0, 0, 50, 50, counts=False)

    found = judged([crowd], regions((5, 5, 15, 15), (45, 45, 70, 70)))

    assert found.marks == ()
    assert [(each.false, each.unmatched) for each in found.regions] == [(False, False), (False, True)]


def test_a_detection_takes_one_mark_and_a_mark_one_detection():
    marked = np.array([[0, 0, 10, 10], [0, 0, 10, 9]], np.float32)
    found = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]], np.float32)

    matched, unmatched = match(found, marked, np.array([True, True]))

    assert matched.tolist() == [True, True]
    assert unmatched.tolist() == [False, False, True]


@given(st.lists(boxes, max_size=6))
def test_found_as_marked_nothing_is_missed_and_nothing_is_false(marked):
    found = judged([mark(*box) for box in marked], regions(*marked))

    assert all(each.matched and each.covered == 1 for each in found.marks)
    assert not any(each.false or each.unmatched for each in found.regions)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6), st.randoms())
def test_the_order_of_the_marks_changes_no_figure(marked, found, random):
    shuffled = random.sample(marked, len(marked))

    one, other = (judged([mark(*box) for box in each], regions(*found)) for each in (marked, shuffled))

    assert sorted(each.covered for each in one.marks) == sorted(each.covered for each in other.marks)
    assert sum(each.matched for each in one.marks) == sum(each.matched for each in other.marks)
    assert [each.false for each in one.regions] == [each.false for each in other.regions]


@given(st.lists(boxes, max_size=5), st.lists(boxes, max_size=5), boxes)
def test_marking_more_as_not_counting_never_adds_a_mistake(marked, found, ignored):
    marks = [mark(*box) for box in marked]

    before, after = judged(marks, regions(*found)), judged([*marks, mark(*ignored, counts=False)], regions(*found))

    assert [each.covered for each in after.marks] == [each.covered for each in before.marks]
    assert all(a.false <= b.false for a, b in zip(after.regions, before.regions, strict=True))
    assert all(a.unmatched <= b.unmatched for a, b in zip(after.regions, before.regions, strict=True))


@given(st.lists(boxes, min_size=1, max_size=5), st.lists(boxes, max_size=5), boxes)
def test_finding_more_never_uncovers(marked, found, more):
    marks = [mark(*box) for box in marked]

    before, after = judged(marks, regions(*found)), judged(marks, regions(*found, more))

    assert all(a.covered >= b.covered for a, b in zip(after.marks, before.marks, strict=True))
    assert after.hidden_together >= before.hidden_together


@settings(max_examples=100)
@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_matches_pair_what_overlaps_by_half(marked, found):
    one, other = (np.array(each, np.float32).reshape(-1, 4) for each in (marked, found))

    matched, unmatched = match(other, one, np.ones(len(one), np.bool_))

    assert matched.sum() + unmatched.sum() == len(other)
    best = iou(one, other).max(axis=1, initial=0)
    assert (best[matched] >= 0.5).all()
    # What is left on both sides does not fit.
    assert (iou(one[~matched], other[unmatched]) < 0.5).all()
