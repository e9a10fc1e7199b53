"""Profiles: which models look, how closely, from which score."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from veil_vision.detect.ensemble import detectors_for, find_all
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName, balanced, profiles
from veil_vision.detect.thresholds import second_threshold_of, threshold_of
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import catalogue

FACE, PERSON, VEHICLE = ObjectClass.FACE, ObjectClass.PERSON, ObjectClass.VEHICLE
CARDS = {card.name: card for card in catalogue()}


@dataclass(frozen=True)
class Named:
    name: str
    classes: tuple = (FACE,)


def profile(*uses):
    return Profile(ProfileName.THOROUGH, uses)


def names(finders):
    return [each.name for each in finders]


@pytest.mark.parametrize("name", ProfileName)
def test_a_profile_names_models_of_the_catalogue_each_once(name):
    named = [use.model for use in profiles()[name].uses]

    assert {*named, *(use.unless for use in profiles()[name].uses if use.unless)} <= set(CARDS)
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("use", [use for each in profiles().values() for use in each.uses], ids=lambda use: use.model)
def test_what_a_profile_changes_is_in_range(use):
    plan = use.plan(CARDS[use.model].search)

    assert plan.tile_side % 32 == 0
    assert 0 < plan.overlap(10_000) < plan.tile_side
    assert set(plan.turns) <= {1, 2, 3}
    assert set(use.thresholds) <= set(CARDS[use.model].classes)
    assert all(0 < score < 1 for score in use.thresholds.values())


@pytest.mark.parametrize("name", ProfileName)
@pytest.mark.parametrize("card", catalogue(), ids=lambda card: card.name)
def test_every_profile_makes_do_with_whichever_model_is_installed(name, card):
    for each in card.classes:
        assert profiles()[name].looking([card], each) == [card]


def test_the_first_installed_model_looks_and_every_second_opinion():
    chosen = profile(ModelUse("a"), ModelUse("b"), ModelUse("c", second_opinion=True))

    assert names(chosen.looking([Named("c"), Named("b"), Named("a")], FACE)) == ["a", "c"]
    assert names(chosen.looking([Named("c"), Named("b")], FACE)) == ["b", "c"]
    assert names(chosen.looking([Named("c")], FACE)) == ["c"]


def test_a_model_that_looks_unless_another_is_installed_leaves_the_class_to_that_one():
    chosen = profile(ModelUse("a"), ModelUse("b", second_opinion=True), ModelUse("c", second_opinion=True, unless="b"))

    assert names(chosen.looking([Named("a"), Named("b"), Named("c")], FACE)) == ["a", "b"]
    assert names(chosen.looking([Named("a"), Named("c")], FACE)) == ["a", "c"]


def test_a_model_that_the_profile_does_not_name_stands_in_for_those_it_names():
    assert names(profile(ModelUse("a")).looking([Named("x"), Named("a")], FACE)) == ["a"]
    assert names(profile(ModelUse("a")).looking([Named("x"), Named("y")], FACE)) == ["x"]


def test_each_class_has_its_own_first_model():
    both, persons = Named("both", (PERSON, VEHICLE)), Named("persons", (PERSON,))
    chosen = profile(ModelUse("persons"), ModelUse("both"))

    assert names(chosen.looking([both, persons], PERSON)) == ["persons"]
    assert names(chosen.looking([both, persons], VEHICLE)) == ["both"]


def test_a_profile_changes_only_the_fields_it_names():
    own = CARDS["centerface"].search

    assert ModelUse("centerface").plan(own) == own
    assert ModelUse("centerface", search={"turns": (1,)}).plan(own) == replace(own, turns=(1,))


def test_a_profiles_threshold_takes_the_place_of_the_models_and_the_customers_of_both(scenes):
    finder = scenes.finder()
    lower = profile(ModelUse(finder.name, thresholds={FACE: 0.2}))

    assert threshold_of(finder, FACE, scenes.recipe()) == finder.default_threshold
    assert threshold_of(finder, FACE, scenes.recipe(profile=lower)) == 0.2
    assert threshold_of(finder, FACE, scenes.recipe(profile=lower, threshold=0.6)) == 0.6
    assert second_threshold_of(finder, FACE, scenes.recipe(profile=lower)) == pytest.approx(0.14)


def test_a_detector_that_the_profile_does_not_take_does_not_look(scenes):
    first, other = scenes.finder(), scenes.finder()

    assert detectors_for(scenes.recipe(), [first, other]) == [first]


def test_a_profiles_plan_reaches_the_search(scenes):
    finder = scenes.finder()
    finder.turned = False
    looks = finder.detect

    def detect(pixels, **how):
        finder.turned |= pixels.shape[0] > pixels.shape[1]
        return looks(pixels, **how)

    finder.detect = detect
    turning = profile(ModelUse(finder.name, search={"turns": (1,)}))

    find_all(scenes.marked(), scenes.recipe(), [finder])
    assert not finder.turned
    find_all(scenes.marked(), scenes.recipe(profile=turning), [finder])
    assert finder.turned


def test_the_balanced_profile_holds_where_none_is_chosen(scenes):
    assert scenes.recipe().profile is balanced()


@pytest.fixture
def guided(scenes):
    """What each of two detectors is shown of a picture 1600 pixels wide: one looks near what the other sees."""

    class Watching(scenes.finder):
        def __init__(self, name):
            super().__init__()
            self.name, self.shown = name, []

        def detect(self, pixels, *, threshold, long_side):
            self.shown.append((pixels.shape[1], long_side))
            return super().detect(pixels, threshold=threshold, long_side=long_side)

    def looks(*uses, width=1600, redness=80, side=40):
        first, second = Watching("first"), Watching("second")
        pixels = np.full((width // 2, width, 3), 128, np.uint8)
        pixels[100 : 100 + side, 200 : 200 + side] = (redness, 0, 0)
        found = find_all(pixels, scenes.recipe(profile=profile(*uses)), [first, second])
        return first.shown, second.shown, found

    return looks


GUIDED = ModelUse("first", near=0.2, whole=960, search={"close_score": 0.5})
GUIDE = ModelUse("second", second_opinion=True)


def test_a_model_looks_closely_where_another_one_suspects_something_and_in_no_tiles(guided):
    shown, _, _ = guided(GUIDED, GUIDE)

    # The whole, and one window of twice 40 pixels, enlarged by 1.2.
    assert sorted(shown) == [(96, 96), (960, 960)]


def test_what_it_sees_for_sure_in_the_whole_it_does_not_look_at_closely(guided):
    shown, _, found = guided(GUIDED, GUIDE, redness=255)

    assert shown == [(960, 960)]
    assert len(found) == 1


def test_what_the_whole_shows_as_large_it_does_not_look_at_closely(guided):
    shown, _, _ = guided(replace(GUIDED, whole=640), GUIDE, side=200)

    assert shown == [(640, 640)]


def test_what_fills_the_picture_it_looks_for_only_where_another_one_suspects_something_of_nearly_that_size(guided):
    (small, *_), (large, *_) = (guided(GUIDED, GUIDE, side=side) for side in (390, 410))

    assert (1600, 320) not in small
    assert (1600, 320) in large


def test_a_faint_suspicion_of_that_size_shows_nothing_that_fills_the_picture(guided):
    shown, _, _ = guided(replace(GUIDED, near=0.1), GUIDE, side=410, redness=30)

    assert (1600, 320) not in shown


def test_where_it_looks_in_tiles_too_it_has_these_as_well(guided):
    shown, _, _ = guided(replace(GUIDED, whole=0), GUIDE)

    assert (96, 96) in shown
    assert len(shown) > 3


def test_alone_it_looks_in_tiles(guided):
    assert guided(GUIDED)[0] == guided(ModelUse("first"))[0]


def test_small_pictures_it_sees_at_once(guided):
    assert guided(GUIDED, GUIDE, width=1200)[0] == guided(ModelUse("first"), GUIDE, width=1200)[0]


def test_the_whole_of_large_pictures_it_sees_at_the_length_of_the_profile(guided):
    shown, _, _ = guided(replace(GUIDED, whole=640), GUIDE)

    assert sorted(shown) == [(96, 96), (640, 640)]


def test_what_only_shows_others_where_to_look_does_not_count(guided):
    *_, found = guided(GUIDED, GUIDE)

    assert len(found) == 0
