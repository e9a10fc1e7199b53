"""Drawing a recipe: methods, alpha, debug lines, files."""

import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, regions_of
from veil_vision.hide.render import draw, draw_findings, encode
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture, decode_image
from veil_vision.image.kinds import ImageFormat

FIRST, SECOND = (40, 40, 80, 90), (120, 40, 160, 90)


@pytest.fixture
def regions():
    seen = Detections.of([FIRST, SECOND])
    return regions_of(seen, {ObjectClass.FACE: RegionStyle(feather=0.3)}, width=300, height=200)


@pytest.fixture
def picture(scenes):
    return Picture(scenes.marked(FIRST, SECOND), None, ImageFormat.PNG)


def cores(pixels, region):
    return pixels[region.rows, region.columns][region.core]


@pytest.mark.parametrize("method", list(AnonymizationMethod))
def test_every_method_takes_the_marks_away(scenes, picture, regions, method):
    drawn = draw(picture, regions, scenes.recipe(method=method))

    assert not len(scenes.finder().detect(drawn.pixels, threshold=0.1, long_side=960))


def test_without_a_method_or_regions_the_picture_stays_as_it_is(scenes, picture, regions):
    assert draw(picture, regions, scenes.recipe(method=None)) is picture
    assert draw(picture, (None,), scenes.recipe()) is picture


def test_the_picture_given_is_left_alone(scenes, picture, regions):
    before = picture.pixels.copy()

    draw(picture, regions, scenes.recipe())

    np.testing.assert_array_equal(picture.pixels, before)


def test_cores_become_opaque(scenes, regions):
    clear = Picture(scenes.marked(FIRST, SECOND), np.zeros((200, 300), np.uint8), ImageFormat.PNG)

    drawn = draw(clear, regions, scenes.recipe())

    assert all((cores(drawn.alpha, region) == 255).all() for region in regions)
    assert not drawn.alpha[:20].any()


def test_findings_are_drawn_on_a_copy_of_what_is_hidden(scenes, picture, regions):
    drawn = draw(picture, regions, scenes.recipe())

    marked, lines = draw_findings(drawn, (*regions, None), scenes.recipe(scores=True))

    changed = (marked.pixels != drawn.pixels).any(axis=2)
    assert 0 < np.count_nonzero(changed) < 6000
    assert not (changed & ~lines).any()


def test_a_drawn_picture_becomes_a_file_that_shows_it(scenes, picture, regions):
    drawn = draw(picture, regions, scenes.recipe())

    shown = decode_image(encode(drawn, regions, scenes.recipe(compress_level=0)))

    np.testing.assert_array_equal(shown.pixels, drawn.pixels)
