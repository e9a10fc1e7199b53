"""What several models say together: faint boxes count where two agree, giants only where one does not stand alone."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.detect.agreement import AFAR, Look, agreed, without_doubtful
from veil_vision.detect.ensemble import find_all
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import catalogue

FACE = ObjectClass.FACE
PLAN = next(card for card in catalogue() if card.name == "centerface").search
PICTURE = np.zeros((200, 300, 3), np.uint8)
SMALL, BESIDE, GIANT = (40, 40, 60, 60), (100, 100, 120, 120), (20, 20, 180, 180)


@dataclass(frozen=True)
class Seer:
    """Sees what it is told to: boxes in shares of the picture, with scores up close and from afar."""

    name: str
    close: tuple = ()
    afar: tuple = ()
    default_threshold: float = 0.6
    classes = (FACE,)
    search_plan = PLAN
    second_look = PLAN

    def detect(self, pixels, *, threshold, long_side):
        height, width = pixels.shape[:2]
        told = self.afar if long_side == AFAR else self.close
        scale = np.array([width / 300, height / 200] * 2, np.float32)
        found = Detections.of([np.array(box) * scale for box, _ in told], [score for _, score in told])
        return found.select(found.scores >= threshold)


def look(*told, afar=(), least=0.6, faint=0.3, alone=0.0):
    seer = Seer("seer", told, afar)
    return Look(seer, PLAN, seer.detect(PICTURE, threshold=faint, long_side=300), least, faint, alone)


def shown(looks):
    return [each.seen.boxes.tolist() for each in looks]


def test_faint_boxes_count_where_two_models_see_them():
    found = agreed([look((SMALL, 0.4), (BESIDE, 0.5)), look(((42, 38, 62, 62), 0.35))], PICTURE)

    assert [each.boxes.tolist() for each in found] == [[list(SMALL)], [[42, 38, 62, 62]]]


def test_one_model_alone_agrees_with_nobody():
    assert not any(map(len, agreed([look((SMALL, 0.5))], PICTURE)))


def test_two_faint_giants_make_no_face():
    assert not any(map(len, agreed([look((GIANT, 0.4)), look((GIANT, 0.4))], PICTURE)))


def test_a_giant_that_one_model_sees_alone_does_not_count():
    assert shown(without_doubtful([look(), look((GIANT, 0.9), (SMALL, 0.9))], PICTURE)) == [[], [list(SMALL)]]


def test_a_giant_counts_if_another_model_sees_it_faintly():
    assert shown(without_doubtful([look((GIANT, 0.35)), look((GIANT, 0.9))], PICTURE)) == [[list(GIANT)]] * 2


@pytest.mark.parametrize(("score", "kept"), [(0.75, [list(GIANT)]), (0.65, [])])
def test_a_giant_that_the_model_sees_surely_from_afar_counts(score, kept):
    looks = [look(), look((GIANT, 0.9), afar=((GIANT, score),))]

    assert shown(without_doubtful(looks, PICTURE))[1] == kept


@pytest.mark.parametrize(("score", "kept"), [(0.35, [list(GIANT)]), (0.25, [])])
def test_where_no_other_model_looks_a_faint_sighting_from_afar_is_enough(score, kept):
    assert shown(without_doubtful([look((GIANT, 0.9), afar=((GIANT, score),))], PICTURE)) == [kept]


def test_a_giant_on_its_side_is_looked_at_from_afar_as_it_was_found(scenes):
    class Upright(scenes.finder):
        def detect(self, pixels, **how):
            found = super().detect(pixels, **how)
            return found if pixels.shape[0] > pixels.shape[1] else found.select(np.zeros(len(found), np.bool_))

    pixels, turning = scenes.marked(GIANT), replace(PLAN, turns=(1,))
    one = Look(Upright(), turning, Detections.of([GIANT]), 0.6, 0.3)
    upright_only = replace(one, plan=PLAN)

    assert shown(without_doubtful([one], pixels)) == [[list(GIANT)]]
    assert shown(without_doubtful([upright_only], pixels)) == [[]]


@given(st.lists(st.tuples(st.sampled_from([SMALL, BESIDE]), st.floats(0.3, 1)), max_size=4))
def test_faces_that_are_no_giants_are_never_taken_away(told):
    one = look(*told)

    assert shown(without_doubtful([one, look()], PICTURE))[0] == one.seen.boxes.tolist()


@pytest.mark.parametrize(("score", "kept"), [(0.9, [list(SMALL)]), (0.8, [])])
def test_a_large_face_that_one_model_sees_alone_counts_if_it_is_sure(score, kept):
    assert shown(without_doubtful([look(), look((SMALL, score), alone=0.85)], PICTURE)) == [[], kept]


def test_a_large_face_that_another_model_sees_faintly_counts():
    looks = [look((SMALL, 0.35)), look((SMALL, 0.7), alone=0.85)]

    assert shown(without_doubtful(looks, PICTURE))[1] == [list(SMALL)]


def test_a_face_too_small_for_other_models_counts_alone():
    tiny = (40, 40, 52, 52)

    assert shown(without_doubtful([look(), look((tiny, 0.7), alone=0.85)], PICTURE))[1] == [list(tiny)]


def test_a_model_that_looks_by_itself_is_not_alone():
    assert shown(without_doubtful([look((SMALL, 0.7), alone=0.85)], PICTURE)) == [[list(SMALL)]]


def profile(**uses):
    return Profile(ProfileName.THOROUGH, tuple(ModelUse(name, **use) for name, use in uses.items()))


PAIR = profile(first={"faint": {FACE: 0.2}}, other={"second_opinion": True, "faint": {FACE: 0.4}})


def test_a_profiles_faint_scores_decide_what_two_models_may_agree_on(scenes):
    first, other = Seer("first", ((SMALL, 0.25), (BESIDE, 0.15))), Seer("other", ((SMALL, 0.45), (BESIDE, 0.45)))

    assert find_all(PICTURE, scenes.recipe(profile=PAIR), [first, other]).boxes.tolist() == [list(SMALL)]


def test_a_customers_threshold_holds_for_what_two_models_agree_on(scenes):
    first, other = Seer("first", ((SMALL, 0.5),)), Seer("other", ((SMALL, 0.5),))

    assert len(find_all(PICTURE, scenes.recipe(profile=PAIR), [first, other])) == 1
    assert not len(find_all(PICTURE, scenes.recipe(profile=PAIR, threshold=0.55), [first, other]))


def test_a_false_giant_does_not_swallow_the_small_face_in_it(scenes):
    first, other = Seer("first", ((SMALL, 0.9),)), Seer("other", ((GIANT, 0.9),))

    assert find_all(PICTURE, scenes.recipe(profile=PAIR), [first, other]).boxes.tolist() == [list(SMALL)]


def test_a_customers_threshold_is_all_that_a_model_needs_to_see_a_face_alone(scenes):
    doubting = profile(first={}, other={"second_opinion": True, "alone": {FACE: 0.85}})
    first, other = Seer("first"), Seer("other", ((SMALL, 0.7),))

    assert not len(find_all(PICTURE, scenes.recipe(profile=doubting), [first, other]))
    assert len(find_all(PICTURE, scenes.recipe(profile=doubting, threshold=0.6), [first, other])) == 1
