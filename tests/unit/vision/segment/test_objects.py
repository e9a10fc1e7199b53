"""Which objects are outlined, and when an outline is believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.regions import RegionStyle, Shape
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.segment.objects import is_believed, with_looks, with_outlines

WIDTH, HEIGHT = 400, 300
PHOTO = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
BOX = [100, 60, 220, 240]


class Sees:
    """A segmenter that takes whatever is bright for an object."""

    name, sha256, provider = "bright", "0" * 64, "none"
    classes = (ObjectClass.PERSON,)

    def segment(self, pixels):
        return pixels[::2, ::2, 0] > 200 if min(pixels.shape[:2]) > 1 else pixels[..., 0] > 200


def recipe(shape=Shape.SEGMENT, **changes):
    target = Target(threshold=None, style=RegionStyle(shape), kernel_size=0.35)
    return Recipe(
        targets=dict.fromkeys([ObjectClass.PERSON, ObjectClass.FACE], target),
        method=AnonymizationMethod.BLUR,
        **changes,
    )


def photo_of(x1, y1, x2, y2):
    pixels = PHOTO.copy()
    pixels[y1:y2, x1:x2] = 255
    return pixels


def person(*boxes):
    return Detections.of(boxes, object_class=ObjectClass.PERSON)


def test_what_an_object_fills_of_its_box_becomes_its_segment():
    (segment,) = with_outlines(photo_of(*BOX), person(BOX), recipe(), Sees()).segments

    hidden = segment.within((0, 0, WIDTH, HEIGHT), 0)
    assert hidden[60:240, 100:220].all()
    assert not hidden[:55].any()
    assert not hidden[:, 225:].any()


@pytest.mark.parametrize(
    ("seen", "shape"),
    [
        (person(BOX), Shape.BOX),
        (person(BOX), Shape.ROUNDED),
        (Detections.of([BOX]), Shape.SEGMENT),
        (person([100, 60, 130, 100]), Shape.SEGMENT),
    ],
    ids=["boxes are asked for", "a rounded box is asked for", "not the segmenter's class", "too small"],
)
def test_what_is_not_to_be_outlined_keeps_its_box(seen, shape):
    assert with_outlines(photo_of(*BOX), seen, recipe(shape), Sees()).segments == (None,)


def test_without_a_segmenter_nothing_is_outlined():
    assert with_outlines(photo_of(*BOX), person(BOX), recipe(), None).segments == (None,)


@pytest.mark.parametrize("filled", [[100, 60, 220, 110], [100, 60, 130, 240], [190, 60, 220, 240], [0, 0, 1, 1]])
def test_an_outline_that_leaves_much_of_the_box_empty_is_not_believed(filled):
    assert with_outlines(photo_of(*filled), person(BOX), recipe(), Sees()).segments == (None,)


def test_an_object_that_the_picture_cuts_is_outlined_up_to_its_edge():
    box = [300, 100, 400, 300]

    (segment,) = with_outlines(photo_of(*box), person(box), recipe(), Sees()).segments

    assert segment.within((300, 100, 400, 300), 0).all()


@given(st.integers(0, WIDTH - 1), st.integers(60, 160))
def test_the_two_sides_of_an_object_across_a_seam_have_one_outline(x, width):
    pixels = np.roll(photo_of(0, 80, width, 200), x, axis=1)
    sides = person([x, 80, x + width, 200], [x - WIDTH, 80, x + width - WIDTH, 200])

    right, left = with_outlines(pixels, sides, recipe(grid=Grid(4, 2, 40, 40, wraps=True)), Sees()).segments

    assert left.place == right.moved(-WIDTH).place
    np.testing.assert_array_equal(left.cells, right.cells)
    assert right.within((x, 80, x + width, 200), 2).all()


def test_a_look_that_is_not_believed_is_told_from_none():
    beside = [240, 60, 360, 240]
    looked = with_looks(photo_of(*BOX), person(BOX, beside, BOX), recipe(), Sees(), np.array([True, True, False]))

    believed, not_believed, none = looked.segments
    assert not believed.is_whole
    assert (not_believed.place, not_believed.is_whole) == (tuple(beside), True)
    assert none is None


@pytest.mark.parametrize(
    ("seen", "shape", "segmenter"),
    [
        (person(BOX), Shape.BOX, Sees()),
        (person(BOX), Shape.SEGMENT, None),
        (Detections.of([BOX], object_class=ObjectClass.FACE), Shape.SEGMENT, Sees()),
    ],
    ids=["boxes are asked for", "no segmenter", "not the segmenter's class"],
)
def test_what_is_not_to_be_outlined_is_not_looked_at(seen, shape, segmenter):
    assert with_looks(photo_of(*BOX), seen, recipe(shape), segmenter, np.array([True])).segments == (None,)


grids = st.integers(4, 12).flatmap(
    lambda side: st.lists(st.booleans(), min_size=side * side, max_size=side * side).map(
        lambda cells: np.array(cells).reshape(side, side)
    )
)


@given(grids, st.data())
def test_whoever_is_believed_is_believed_with_more_filled(cells, data):
    more = cells | np.array(data.draw(st.lists(st.booleans(), min_size=cells.size, max_size=cells.size))).reshape(
        cells.shape
    )
    place = (0, 0, 100, 100)

    assert is_believed(Segment.of(place, more), place) or not is_believed(Segment.of(place, cells), place)
