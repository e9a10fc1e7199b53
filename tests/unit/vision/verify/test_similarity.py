"""How much of a hidden face's detail a picture still shows, without asking a model."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide
from veil_vision.verify.similarity import MOST_SIMILARITY, resembling, similarities

FACE = (175, 53, 275, 180)


def region_at(box, pixels, shape=Shape.ROUNDED):
    height, width = pixels.shape[:2]
    return regions_of(Detections.of([box]), {ObjectClass.FACE: RegionStyle(shape=shape)}, width=width, height=height)[0]


def hidden(method, pixels, region):
    return hide(pixels, [region], method, kernel_sizes={ObjectClass.FACE: 0.35}, seed=0)


def similarity(source, shown, region):
    return similarities(source, shown, [region])[0]


def resembles(source, shown, region):
    return resembling(source, shown, [region]) == [region]


def test_a_picture_resembles_itself(astronaut):
    assert similarity(astronaut, astronaut, region_at(FACE, astronaut)) > 0.99


@pytest.mark.parametrize("method", list(AnonymizationMethod))
@pytest.mark.parametrize("shape", list(Shape))
def test_no_method_resembles_what_it_hides(astronaut, method, shape):
    region = region_at(FACE, astronaut, shape)

    assert similarity(astronaut, hidden(method, astronaut, region), region) < 0.4


def test_weaker_traces_resemble_less(astronaut):
    region = region_at(FACE, astronaut)

    found = [similarity(astronaut, cv2.blur(astronaut, (size, size)), region) for size in (3, 11, 25, 61)]

    assert found == sorted(found, reverse=True)
    assert found[0] > 0.95


def test_a_face_that_was_left_or_blurred_plainly_by_a_tenth_resembles_itself(astronaut):
    region = region_at(FACE, astronaut)

    assert resembles(astronaut, astronaut, region)
    assert resembles(astronaut, cv2.blur(astronaut, (12, 12)), region)


def test_a_shade_between_what_is_bright_above_and_dark_below_resembles_nothing_however_alike_the_coarse_detail():
    car = np.full((160, 160, 3), 60, np.uint8)
    car[:84], car[84:90, 50:110], car[94:98, 60:100] = 200, 120, 200
    region = region_at((48, 72, 112, 104), car, Shape.EVEN_BOX)

    step = np.full_like(car, 60)
    step[:87] = 200
    shade = cv2.GaussianBlur(step, (0, 0), 9)

    assert similarity(car, shade, region) > MOST_SIMILARITY
    assert not resembles(car, shade, region)


@pytest.mark.parametrize("channels", [1, 3])
def test_depth_and_colour_make_no_difference(astronaut, channels):
    pixels = np.ascontiguousarray(astronaut[..., :channels])
    region, blurred = region_at(FACE, pixels), cv2.blur(pixels, (11, 11)).reshape(pixels.shape)

    deep = similarity(pixels.astype(np.uint16) * 257, blurred.astype(np.uint16) * 257, region)

    assert deep == pytest.approx(similarity(pixels, blurred, region), abs=1e-3)


@pytest.mark.parametrize("side", [1, 3, 4])
def test_a_core_of_a_few_pixels_is_too_small_to_tell(astronaut, side):
    region = region_at((200, 100, 200 + side, 100 + side), astronaut)

    assert similarity(astronaut, astronaut, region) == 0


@given(
    st.integers(0, 1000), st.sampled_from([AnonymizationMethod.BLUR, AnonymizationMethod.PIXELATE]), st.floats(8, 90)
)
def test_a_plain_shade_resembles_nothing_though_a_method_carries_it_on(seed, method, side):
    rows, columns = np.mgrid[0:160, 0:160]
    rng = np.random.default_rng(seed)
    slopes = rng.uniform(-0.6, 0.6, (2, 3))
    pixels = (127 + (rows[..., None] - 80) * slopes[0] + (columns[..., None] - 80) * slopes[1]).astype(np.uint8)
    x, y = rng.uniform(0, 160 - side, 2)
    region = region_at((x, y, x + side, y + side), pixels)

    assert similarity(pixels, hidden(method, pixels, region), region) < 0.5


def test_each_of_many_regions_is_told_as_if_it_were_alone(astronaut):
    places = [FACE, (180, 60, 200, 82), (20, 20, 300, 60), (0, 400, 12, 512), (300, 300, 303, 303), (190, 80, 250, 150)]
    regions = [region_at(place, astronaut) for place in places * 10]
    blurred = cv2.blur(astronaut, (9, 9))

    together = similarities(astronaut, blurred, regions)

    np.testing.assert_allclose(together, [similarity(astronaut, blurred, each) for each in regions[:6]] * 10, atol=1e-4)
    assert len(np.unique(together.round(3))) > 3


def test_samples_of_ten_bits_are_told_by_their_own_white(astronaut):
    region, blurred = region_at(FACE, astronaut), cv2.blur(astronaut, (11, 11))

    deep = similarities(astronaut.astype(np.uint16) * 4, blurred.astype(np.uint16) * 4, [region], white=1020)[0]

    assert deep == pytest.approx(similarity(astronaut, blurred, region), abs=1e-3)
