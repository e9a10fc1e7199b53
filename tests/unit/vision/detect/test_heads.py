"""Where the heads of small persons are guessed to be."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.ensemble import detectors_for, find_all
from veil_vision.detect.heads import heads_of
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName
from veil_vision.geometry.boxes import intersection
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import catalogue

FACE, PERSON = ObjectClass.FACE, ObjectClass.PERSON
PLAN = next(card for card in catalogue() if card.name == "nanodet-plus").search
PICTURE = np.zeros((480, 640, 3), np.uint8)
STANDING = (100, 100, 140, 220)
NOBODY = Detections.of([])
GUESSING = Profile(ProfileName.THOROUGH, (ModelUse("marks"), ModelUse("persons", heads=True)))


def persons(*boxes, score=0.4):
    return Detections.of(boxes, [score] * len(boxes), PERSON)


def test_the_head_of_a_standing_person_is_the_top_of_the_box():
    heads = heads_of(persons(STANDING), NOBODY, PLAN, PICTURE)

    assert heads.boxes.tolist() == [[100, 100, 140, 128]]
    assert heads.classes == (FACE,)


def test_of_a_person_cut_off_below_the_shoulders_it_is_most_of_the_box():
    assert heads_of(persons((100, 100, 200, 140)), NOBODY, PLAN, PICTURE).boxes.tolist() == [[100, 100, 200, 130]]


def test_where_a_face_was_found_no_head_is_guessed():
    assert not len(heads_of(persons(STANDING), Detections.of([[110, 102, 126, 124]]), PLAN, PICTURE))
    assert len(heads_of(persons(STANDING), Detections.of([[110, 160, 126, 184]]), PLAN, PICTURE)) == 1


def test_large_persons_show_their_faces_or_have_none():
    assert not len(heads_of(persons((100, 100, 160, 301)), NOBODY, PLAN, PICTURE))


def test_large_means_as_seen_in_the_closest_look():
    large = np.zeros((3000, 4000, 3), np.uint8)

    assert len(heads_of(persons((100, 100, 160, 440)), NOBODY, PLAN, large)) == 1
    assert not len(heads_of(persons((100, 100, 160, 450)), NOBODY, PLAN, large))


side = st.integers(2, 190)


@given(st.lists(st.builds(lambda x, y, w, h: (x, y, x + w, y + h), *[st.integers(0, 400)] * 2, side, side), max_size=5))
def test_every_head_is_the_upper_part_of_its_person(boxes):
    heads = heads_of(persons(*boxes), NOBODY, PLAN, PICTURE).boxes

    assert len(heads) == len(boxes)
    if boxes:
        np.testing.assert_array_equal(heads[:, :3], np.array(boxes, np.float32)[:, :3])
        assert (intersection(heads, np.array(boxes, np.float32)).diagonal() > 0).all()


def a_finder_of_persons(scenes, score=255):
    finder = scenes.finder()
    finder.name, finder.classes = "persons", (PERSON,)
    detect = finder.detect

    def persons_for_faces(pixels, **how):
        found = detect(pixels, **how)
        return replace(found, classes=(PERSON,) * len(found))

    finder.detect = persons_for_faces
    return finder


def test_a_profile_says_who_guesses_heads(scenes):
    faces, other = scenes.finder(), a_finder_of_persons(scenes)

    assert detectors_for(scenes.recipe(profile=GUESSING), [faces, other]) == [faces, other]
    assert detectors_for(scenes.recipe(), [faces, other]) == [faces]


def test_heads_of_persons_count_as_faces(scenes):
    blind = scenes.finder()
    blind.default_threshold = 1.0
    pixels = scenes.marked((100, 60, 120, 120, 200))

    found = find_all(pixels, scenes.recipe(profile=GUESSING), [blind, a_finder_of_persons(scenes)])

    assert (found.boxes.tolist(), found.classes) == ([[100, 60, 120, 74]], (FACE,))


def test_a_customers_threshold_for_faces_holds_for_heads(scenes):
    pixels = scenes.marked((100, 60, 120, 120, 150))
    blind = scenes.finder()
    blind.default_threshold = 1.0

    found = find_all(pixels, scenes.recipe(profile=GUESSING, threshold=0.7), [blind, a_finder_of_persons(scenes)])

    assert not len(found)
