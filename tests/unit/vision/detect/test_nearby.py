"""Cheap looks at frames: by the quickest detector of a class, at the whole made small, or near known places."""

import numpy as np

from veil_vision.detect.nearby import at_a_glance, find_near, quick_lookers
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName, balanced
from veil_vision.detect.tiles import search
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import catalogue


class Counting:
    """Sees nothing, and remembers at which lengths."""

    sha256, provider, default_threshold = "0" * 64, "none", 0.5

    def __init__(self, name):
        card = next(card for card in catalogue() if card.name == name)
        self.name, self.classes, self.search_plan, self.second_look = name, card.classes, card.search, card.second_look
        self.lengths = []

    def detect(self, pixels, *, threshold, long_side):
        self.lengths.append(long_side)
        return Detections.of([])


def test_of_each_class_the_detector_that_fast_takes_is_the_quick_one(scenes):
    detectors = [Counting(name) for name in ("centerface", "yunet", "veil-plates")]
    target = scenes.recipe().targets[ObjectClass.FACE]
    recipe = scenes.recipe(targets={ObjectClass.FACE: target, ObjectClass.LICENSE_PLATE: target})

    assert [each.name for each in quick_lookers(recipe, detectors)] == ["yunet", "veil-plates"]


def test_where_fast_would_take_none_of_them_the_first_is_the_quick_one(scenes):
    assert [each.name for each in quick_lookers(scenes.recipe(), [Counting("centerface")])] == ["centerface"]


def test_a_glance_is_one_look_at_the_whole(scenes):
    detector, large = Counting("yunet"), np.zeros((1080, 1920, 3), np.uint8)
    glance = at_a_glance(balanced(), [detector])

    search(detector, large, threshold=0.5, plan=glance.use_of("yunet").plan(detector.search_plan))

    assert detector.lengths == [960]


def test_near_a_place_is_found_what_moved_a_little_and_nothing_elsewhere(scenes):
    pixels = np.full((400, 600, 3), 128, np.uint8)
    pixels[100:140, 110:150] = pixels[300:340, 500:540] = (255, 0, 0)

    near = find_near(pixels, Detections.of([(100, 100, 140, 140)]), scenes.recipe(), [scenes.finder()], share=0.7)

    assert np.allclose(near.boxes, [(110, 100, 150, 140)], atol=1)


def test_near_places_of_another_class_nobody_looks_for_a_face(scenes):
    pixels = np.full((400, 600, 3), 128, np.uint8)
    pixels[100:140, 110:150] = (255, 0, 0)
    person = Detections.of([(100, 100, 140, 140)], None, ObjectClass.PERSON)

    assert len(find_near(pixels, person, scenes.recipe(), [scenes.finder()], share=0.7)) == 0


def test_what_the_first_detector_sees_the_next_one_is_not_asked_for(scenes):
    pixels = np.full((400, 600, 3), 128, np.uint8)
    pixels[100:140, 110:150] = (255, 0, 0)
    first, second = scenes.finder(), Counting("yunet")
    second.search_plan = first.search_plan
    profile = Profile(ProfileName.BALANCED, (ModelUse("marks"), ModelUse("yunet", second_opinion=True)))
    seen, unseen = (Detections.of([box]) for box in ((100, 100, 140, 140), (400, 100, 440, 140)))

    recipe = scenes.recipe(profile=profile)
    find_near(pixels, seen, recipe, [first, second], share=0.7)
    asked = [len(second.lengths)]
    find_near(pixels, unseen, recipe, [first, second], share=0.7)

    assert [*asked, len(second.lengths)] == [0, 1]
