"""The gate, second half: what detectors see in the finished file, and what follows from it."""

import dataclasses

import cv2
import numpy as np
import pytest

from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.styles import Look, hide
from veil_vision.image.files import Picture
from veil_vision.image.header import ImageFormat
from veil_vision.verify.recheck import Scene, look_at_result
from veil_vision.verify.replacement import require_covered

MARK = (100, 60, 140, 110)
BESIDE = (145, 65, 165, 95)
BOXES = RegionStyle(shape=Shape.BOX, margin=0.0)


def scene_of(pixels, regions):
    height, width = pixels.shape[:2]
    picture = Picture(pixels, None, ImageFormat.PNG)
    hidden = require_covered(Detections.of([]), regions, (), width=width, height=height)
    return Scene(picture, picture, tuple(regions), hidden)


def regions_at(pixels, *boxes, style=BOXES, zones=()):
    height, width = pixels.shape[:2]
    return regions_of(Detections.of(boxes), {ObjectClass.FACE: style}, width=width, height=height, ignore_zones=zones)


def hidden_by(look, pixels, regions):
    return hide(pixels, regions, look, kernel_sizes={ObjectClass.FACE: 0.35}, seed=0)


@pytest.fixture
def look(scenes):
    """Looks at a picture with a detector of red marks."""

    def at(pixels, regions, *, finder=None, **changes):
        return look_at_result(scene_of(pixels, regions), scenes.recipe(**changes), [finder or scenes.finder()])

    return at


@pytest.mark.parametrize("name", list(Look))
def test_nothing_is_seen_where_everything_is_hidden(look, scenes, name):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(name, pixels, regions), regions)

    assert second.passes
    assert second.sightings == 0


def test_nothing_hidden_needs_no_look(look, scenes):
    assert look(scenes.marked(MARK), ()).passes


@pytest.mark.parametrize(
    "weak",
    [
        lambda mark: mark,
        lambda mark: cv2.blur(mark, (5, 5)),
        lambda mark: cv2.resize(cv2.resize(mark, (8, 8)), (40, 50)),
    ],
    ids=["untouched", "blurred by 5", "mosaic"],
)
def test_what_a_region_still_shows_is_revealing(look, scenes, weak):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)
    x1, y1, x2, y2 = MARK
    pixels[y1:y2, x1:x2] = weak(pixels[y1:y2, x1:x2].copy())

    assert look(pixels, regions).revealing == (0,)


def test_a_look_that_lies_beside_its_region_leaves_the_region_revealing(look, scenes):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)
    (shifted,) = regions_at(pixels, (180, 60, 220, 110))

    second = look(hidden_by(Look.BLUR, pixels, [shifted]), regions)

    assert second.revealing == (0,)


def test_a_sighting_at_seven_tenths_of_the_threshold_is_enough(look, scenes):
    pixels = scenes.marked((*MARK, 200))
    regions = regions_at(pixels, MARK)

    assert look(pixels, regions, threshold=200 / 255 / 0.7 - 0.01).revealing == (0,)
    assert look(pixels, regions, threshold=200 / 255 / 0.7 + 0.01).passes


def test_a_threshold_below_the_detectors_own_does_not_lower_the_second_look(look, scenes):
    pixels = scenes.marked((*MARK, 80))
    regions = regions_at(pixels, MARK)

    assert look(pixels, regions, threshold=0.01).passes


def test_what_is_seen_beside_the_regions_was_missed(look, scenes):
    pixels = scenes.marked(MARK, BESIDE)
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(Look.BLUR, pixels, regions), regions)

    assert second.revealing == ()
    np.testing.assert_allclose(second.missed.boxes, [BESIDE], atol=2)


def test_what_is_seen_beside_the_regions_below_the_threshold_was_not_missed(look, scenes):
    pixels = scenes.marked(MARK, (*BESIDE, 100))
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(Look.BLUR, pixels, regions), regions)

    assert second.passes
    assert second.sightings == 1


def test_an_object_missed_between_several_regions_is_reported_once(look, scenes):
    pixels = scenes.marked((169, 60, 183, 90))
    regions = regions_at(pixels, (140, 50, 165, 90), (187, 50, 212, 90))

    assert len(look(pixels, regions).missed) == 1


def test_what_a_customer_wants_left_alone_is_not_missed(look, scenes):
    pixels = scenes.marked(MARK, BESIDE)
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(Look.BLUR, pixels, regions), regions, ignore_zones=(Zone(143, 50, 210, 110),))

    assert second.passes


def test_half_a_face_in_an_ignore_zone_may_go_on_being_seen(look, scenes):
    zone = Zone(125, 0, 300, 200)
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK, zones=[zone])

    second = look(hidden_by(Look.BLUR, pixels, regions), regions, ignore_zones=(zone,))

    assert second.sightings == 1
    assert second.passes


def test_half_a_missed_face_outside_an_ignore_zone_is_missed(look, scenes):
    zone = Zone(155, 0, 300, 200)
    pixels = scenes.marked(MARK, BESIDE)
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(Look.BLUR, pixels, regions), regions, ignore_zones=(zone,))

    assert len(second.missed) == 1


def test_a_detector_may_imagine_a_face_on_pure_black(look, scenes):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)

    second = look(hidden_by(Look.BLACKEN, pixels, regions), regions, finder=scenes.finder(imagines=(0, 0, 0)))

    assert second.passes
    assert (second.on_black, second.sightings) == (1, 1)


def test_black_with_one_pixel_that_is_not_is_revealing(look, scenes):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)
    black = hidden_by(Look.BLACKEN, pixels, regions)
    black[80, 120] = (1, 0, 0)

    second = look(black, regions, finder=scenes.finder(imagines=(0, 0, 0)))

    assert second.revealing == (0,)


def test_a_face_that_black_hides_to_two_thirds_is_hidden_as_well(look, scenes):
    """What is seen across the edge of a black region may be what stands behind it."""
    pixels = scenes.marked()
    regions = regions_at(pixels, (100, 60, 140, 110))
    pixels[60:110, 140:160] = 0
    pixels[60:110, 100:140] = 0

    second = look(pixels, regions, finder=scenes.finder(imagines=(0, 0, 0)))

    np.testing.assert_allclose(second.missed.boxes, [[100, 60, 160, 110]], atol=2)


def test_regions_that_overlap_do_not_count_twice(look, scenes):
    """Two regions over the same third of a face hide a third of it, not two."""
    pixels = scenes.marked((100, 60, 160, 110))
    regions = regions_at(pixels, (80, 50, 120, 120), (82, 50, 120, 120))

    second = look(pixels, regions)

    assert second.revealing == ()
    assert len(second.missed) == 1


def test_only_the_regions_that_make_up_most_of_a_sighting_are_blamed(look, scenes):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK, (138, 60, 160, 110))

    assert look(pixels, regions).revealing == (0,)


def test_indices_skip_detections_of_which_nothing_is_hidden(scenes):
    pixels = scenes.marked(MARK)
    (region,) = regions_at(pixels, MARK)

    second = look_at_result(scene_of(pixels, (None, region)), scenes.recipe(), [scenes.finder()])

    assert second.revealing == (1,)


def test_sixteen_bits_and_grey_are_looked_at_too(scenes):
    pixels = scenes.marked(MARK)
    regions = regions_at(pixels, MARK)
    deep = pixels.astype(np.uint16) * 257
    scene = scene_of(pixels, regions)

    second = look_at_result(
        dataclasses.replace(scene, shown=dataclasses.replace(scene.shown, pixels=deep)),
        scenes.recipe(),
        [scenes.finder()],
    )
    grey = look_at_result(scene_of(pixels[..., 1:2].copy(), regions), scenes.recipe(), [scenes.finder()])

    assert second.revealing == (0,)
    assert grey.passes


@pytest.mark.parametrize(
    "weak", [lambda face: face, lambda face: cv2.blur(face, (5, 5))], ids=["untouched", "blurred by 5"]
)
def test_a_real_face_that_is_hardly_hidden_is_revealing_to_the_real_detector(face_detector, astronaut, scenes, weak):
    (region,) = regions_at(astronaut, (175, 53, 275, 180), style=RegionStyle())
    pixels = astronaut.copy()
    window = pixels[region.rows, region.columns]
    window[region.core] = weak(window.copy())[region.core]

    second = look_at_result(scene_of(pixels, (region,)), scenes.recipe(), [face_detector])

    assert second.revealing == (0,)


def test_a_second_face_pasted_beside_the_hidden_one_is_missed(face_detector, astronaut, scenes):
    (region,) = regions = regions_at(astronaut, (175, 53, 275, 180), style=RegionStyle())
    pixels = hidden_by(Look.BLUR, astronaut, regions)
    pixels[60:140, 281:346] = cv2.resize(astronaut[40:200, 160:290], (65, 80), interpolation=cv2.INTER_AREA)

    second = look_at_result(scene_of(pixels, (region,)), scenes.recipe(), [face_detector])

    assert len(second.missed) == 1
    assert second.missed.boxes[0, 0] > 275
