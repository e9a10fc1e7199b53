"""The gate, second half: what detectors see in the finished file, and what follows from it."""

import dataclasses

import cv2
import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, Zone, regions_of
from veil_vision.hide.styles import AnonymizationMethod, hide, hide_alpha
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat
from veil_vision.verify.recheck import Scene, recheck
from veil_vision.verify.replacement import require_covered

MARK = (100, 60, 140, 110)
BESIDE = (145, 65, 165, 95)
BOXES = RegionStyle(shape=Shape.BOX, margin=0.0)


def scene_of(source, pixels, regions):
    height, width = pixels.shape[:2]
    hidden = require_covered(Detections.of([]), regions, (), width=width, height=height)
    shown = Picture(pixels, None, ImageFormat.PNG)
    return Scene(lambda: dataclasses.replace(shown, pixels=source), shown, tuple(regions), hidden)


def regions_at(pixels, *boxes, style=BOXES, zones=()):
    height, width = pixels.shape[:2]
    return regions_of(Detections.of(boxes), {ObjectClass.FACE: style}, width=width, height=height, ignore_zones=zones)


def hidden_by(method, pixels, regions):
    return hide(pixels, regions, method, kernel_sizes={ObjectClass.FACE: 0.35}, seed=0)


@pytest.fixture
def look(scenes):
    """Looks at what a picture shows, made from a source, with a detector of red marks."""

    def at(source, pixels, regions, *, finder=None, **changes):
        return recheck(scene_of(source, pixels, regions), scenes.recipe(**changes), [finder or scenes.finder()])

    return at


@pytest.mark.parametrize("name", list(AnonymizationMethod))
def test_nothing_is_seen_where_everything_is_hidden(look, scenes, name):
    source = scenes.marked(MARK)
    regions = regions_at(source, MARK)

    second = look(source, hidden_by(name, source, regions), regions)

    assert second.passes
    assert second.sightings == 0


def test_nothing_hidden_needs_no_look(look, scenes):
    assert look(scenes.marked(MARK), scenes.marked(MARK), ()).passes


def test_what_is_seen_beside_the_regions_is_exposed(look, scenes):
    source = scenes.marked(MARK, BESIDE)
    regions = regions_at(source, MARK)

    second = look(source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions)

    np.testing.assert_allclose(second.exposed.boxes, [BESIDE], atol=2)


class _Counts:
    """Finds marks, and counts the pictures it is shown."""

    def __init__(self, finder):
        self._finder, self.shown = finder, 0

    def __getattr__(self, name):
        return getattr(self._finder, name)

    def detect(self, pixels, *, threshold, long_side):
        self.shown += 1
        return self._finder.detect(pixels, threshold=threshold, long_side=long_side)


def test_what_was_looked_at_and_is_still_the_same_is_not_looked_at_again(scenes):
    source = scenes.marked(MARK, BESIDE)
    scene = scene_of(
        source, hidden_by(AnonymizationMethod.BLUR, source, regions_at(source, MARK)), regions_at(source, MARK)
    )
    finder = _Counts(scenes.finder())
    first = recheck(scene, scenes.recipe(), [finder])
    looked = finder.shown

    again = recheck(scene, scenes.recipe(), [finder], earlier=first)

    assert finder.shown == looked + 1  # of the source, whose pixels beside the region are in doubt
    assert (again.sightings, again.resemblances) == (first.sightings, first.resemblances)
    np.testing.assert_array_equal(again.exposed.boxes, first.exposed.boxes)


def test_what_changed_is_looked_at_again_and_nothing_else(scenes):
    far = (10, 10, 30, 30)
    source = scenes.marked(MARK, BESIDE, far)
    before, after = regions_at(source, MARK, far), regions_at(source, MARK, far, BESIDE)
    finder = scenes.finder()
    first = recheck(
        scene_of(source, hidden_by(AnonymizationMethod.BLUR, source, before), before), scenes.recipe(), [finder]
    )
    pixels = hidden_by(AnonymizationMethod.BLUR, source, before)
    pixels[65:95, 145:165] = hidden_by(AnonymizationMethod.BLUR, source, after)[65:95, 145:165]

    second = recheck(scene_of(source, pixels, after), scenes.recipe(), [finder], earlier=first)

    assert not first.passes
    assert second.passes
    same = {hidden for hidden in first.digests if second.digests[hidden] == first.digests[hidden]}
    assert {window for _, window in same} == {far}


def test_what_only_stretched_contrast_shows_is_seen(look, scenes):
    source = scenes.marked() // 6
    for x1, y1, x2, y2 in (MARK, BESIDE):
        source[y1:y2, x1:x2] = (60, 0, 0)
    regions = regions_at(source, MARK)

    second = look(source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions)

    np.testing.assert_allclose(second.exposed.boxes, [BESIDE], atol=2)


def test_what_only_transparency_draws_is_seen(scenes):
    source = np.full_like(scenes.marked(), (255, 0, 0))
    alpha = np.full(source.shape[:2], 20, np.uint8)
    for x1, y1, x2, y2 in (MARK, BESIDE):
        alpha[y1:y2, x1:x2] = 255
    regions = regions_at(source, MARK)
    scene = scene_of(source, hidden_by(AnonymizationMethod.BLACKEN, source, regions), regions)
    shown = dataclasses.replace(scene.shown, alpha=hide_alpha(alpha, regions))

    was = dataclasses.replace(scene.source(), alpha=alpha)
    scene = dataclasses.replace(scene, source=lambda: was, shown=shown)
    second = recheck(scene, scenes.recipe(), [scenes.finder()])

    assert any(np.allclose(box, BESIDE, atol=2) for box in second.exposed.boxes)


@pytest.mark.parametrize(
    ("seen", "is_asked"),
    [(MARK, False), (BESIDE, True), ((100, 60, 160, 110), True)],
    ids=["made of replaced pixels", "visible whole", "something of both"],
)
def test_the_source_is_asked_for_only_where_what_is_seen_leaves_doubt(scenes, seen, is_asked):
    source, asked = scenes.marked(MARK), []
    scene = scene_of(source, scenes.marked(seen), regions_at(source, MARK))

    def given():
        asked.append(seen)
        return scene.source()

    second = recheck(dataclasses.replace(scene, source=given), scenes.recipe(), [scenes.finder()])

    assert second.sightings == 1
    assert bool(asked) is is_asked


def test_what_is_seen_below_the_threshold_of_the_first_look_is_not_exposed(look, scenes):
    source = scenes.marked(MARK, (*BESIDE, 100))
    regions = regions_at(source, MARK)

    second = look(source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions)

    assert second.passes
    assert second.sightings == 1


def test_a_threshold_below_the_detectors_own_does_not_lower_the_second_look(look, scenes):
    source = scenes.marked(MARK, (*BESIDE, 80))
    regions = regions_at(source, MARK)

    assert look(source, source, regions, threshold=0.01).passes


@pytest.mark.parametrize("name", list(AnonymizationMethod))
def test_a_face_seen_in_replaced_pixels_is_a_resemblance(look, scenes, name):
    source = scenes.marked(MARK)
    regions = regions_at(source, MARK)
    pixels = hidden_by(name, source, regions)
    pixels[60:110, 100:140] = (255, 0, 0)

    second = look(source, pixels, regions)

    assert second.passes
    assert (second.resemblances, second.sightings) == (1, 1)


def test_a_face_of_which_a_third_lies_open_is_exposed_if_the_source_shows_it_too(look, scenes):
    whole = (100, 60, 160, 110)
    source = scenes.marked(whole)
    regions = regions_at(source, (100, 60, 140, 110))
    pixels = hidden_by(AnonymizationMethod.BLUR, source, regions)
    pixels[60:110, 100:140] = (255, 0, 0)

    second = look(source, pixels, regions)

    np.testing.assert_allclose(second.exposed.boxes, [whole], atol=2)


def test_a_face_made_of_replaced_pixels_and_what_lies_around_them_is_a_resemblance(look, scenes):
    """A blur between hair and collar: two thirds of what is seen is replaced, and the source shows no such face."""
    source = scenes.marked()
    regions = regions_at(source, (100, 60, 140, 110))
    pixels = source.copy()
    pixels[60:110, 100:160] = (255, 0, 0)

    second = look(source, pixels, regions)

    assert second.passes
    assert second.resemblances == 1


def test_a_larger_face_seen_around_one_that_is_hidden_whole_is_a_resemblance(look, scenes):
    """A box that hides the face, and hair above it: the source shows a face there, but nothing of it is visible."""
    source = scenes.marked(MARK)
    regions = regions_at(source, MARK)
    pixels = scenes.marked((95, 40, 145, 110))

    second = look(source, pixels, regions)

    assert second.passes
    assert second.resemblances == 1


NECK = (135, 60, 160, 110)


def test_what_lies_open_nearly_whole_is_exposed_where_nothing_was_hidden_beside_it(look, scenes):
    """A region that missed its face: what hides nothing makes nothing look like a face either."""
    source = scenes.marked()

    second = look(source, scenes.marked(NECK), regions_at(source, MARK))

    np.testing.assert_allclose(second.exposed.boxes, [NECK], atol=2)


def test_a_neck_that_looks_like_a_face_once_the_face_is_hidden_is_a_resemblance(look, scenes):
    source = scenes.marked(MARK)

    second = look(source, scenes.marked(NECK), regions_at(source, MARK))

    assert second.passes
    assert (second.resemblances, second.sightings) == (1, 1)


def test_an_object_seen_from_several_regions_is_reported_once(look, scenes):
    source = scenes.marked((169, 60, 183, 90))
    regions = regions_at(source, (140, 50, 165, 90), (187, 50, 212, 90))

    assert len(look(source, source, regions).exposed) == 1


def test_regions_that_overlap_do_not_count_twice(look, scenes):
    """Two regions over the same third of a face hide a third of it, not two."""
    source = scenes.marked((100, 60, 160, 110))
    regions = regions_at(source, (80, 50, 120, 120), (82, 50, 120, 120))

    assert len(look(source, source, regions).exposed) == 1


def test_what_a_customer_wants_left_alone_is_not_exposed(look, scenes):
    source = scenes.marked(MARK, BESIDE)
    regions = regions_at(source, MARK)

    second = look(
        source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions, ignore_zones=(Zone(143, 50, 210, 110),)
    )

    assert second.passes


def test_half_a_face_in_an_ignore_zone_may_go_on_being_seen(look, scenes):
    zone = Zone(125, 0, 300, 200)
    source = scenes.marked(MARK)
    regions = regions_at(source, MARK, zones=[zone])

    second = look(source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions, ignore_zones=(zone,))

    assert second.sightings == 1
    assert second.passes


def test_half_a_missed_face_outside_an_ignore_zone_is_exposed(look, scenes):
    zone = Zone(155, 0, 300, 200)
    source = scenes.marked(MARK, BESIDE)
    regions = regions_at(source, MARK)

    second = look(source, hidden_by(AnonymizationMethod.BLUR, source, regions), regions, ignore_zones=(zone,))

    assert len(second.exposed) == 1


def test_detections_of_which_nothing_is_hidden_are_passed_over(scenes):
    source = scenes.marked(MARK)
    regions = regions_at(source, MARK)
    shown = hidden_by(AnonymizationMethod.BLUR, source, regions)

    assert recheck(scene_of(source, shown, (None, *regions)), scenes.recipe(), [scenes.finder()]).passes


def test_sixteen_bits_and_grey_are_looked_at_too(scenes):
    source = scenes.marked(MARK, BESIDE)
    regions = regions_at(source, MARK)
    deep, grey = source.astype(np.uint16) * 257, source[..., 1:2].copy()

    exposed = [
        len(recheck(scene_of(each, each, regions), scenes.recipe(), [scenes.finder()]).exposed) for each in (deep, grey)
    ]

    assert exposed == [1, 0]


def test_a_second_face_pasted_beside_the_hidden_one_is_exposed(face_detector, astronaut, scenes):
    source = astronaut.copy()
    source[60:140, 281:346] = cv2.resize(astronaut[40:200, 160:290], (65, 80), interpolation=cv2.INTER_AREA)
    (region,) = regions = regions_at(source, (175, 53, 275, 180), style=RegionStyle())

    second = recheck(
        scene_of(source, hidden_by(AnonymizationMethod.BLUR, source, regions), (region,)),
        scenes.recipe(),
        [face_detector],
    )

    assert len(second.exposed) == 1
    assert second.exposed.boxes[0, 0] > 275
