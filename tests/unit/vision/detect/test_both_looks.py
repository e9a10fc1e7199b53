"""Both looks: what the whole picture and its tiles show together counts for more than what one of them shows."""

from dataclasses import replace

import numpy as np
import pytest

from veil_vision.detect.both_looks import LookResult, weighed
from veil_vision.detect.tiles import search
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.catalogue import catalogue
from veil_vision.models.plans import SearchPlan

PERSON = [100, 100, 140, 200]
PLAN = SearchPlan(640, 0, 960, 4_000_000, 1280, 96, surer_share=0.85, fainter_share=0.25)


def shown(boxes=(), scores=(), object_class=ObjectClass.PERSON, *, to_both=True):
    return LookResult(Detections.of(list(boxes), list(scores), object_class), np.full(len(scores), to_both))


def test_an_object_that_both_looks_show_faintly_is_surer_than_one_that_one_look_shows():
    far, near = weighed(shown([PERSON], [0.28]), shown([PERSON, [300, 0, 340, 80]], [0.28, 0.34]), PLAN)

    assert far.scores.tolist() == pytest.approx([0.308])
    assert near.scores.tolist() == pytest.approx([0.308, 0.289])


def test_both_looks_score_their_object_alike_and_never_above_one():
    far, near = weighed(shown([PERSON], [0.9]), shown([PERSON], [1.0]), PLAN)

    assert far.scores.tolist() == near.scores.tolist() == [1]


def test_what_the_other_look_could_not_show_keeps_its_score():
    far, near = weighed(shown([PERSON], [0.34], to_both=False), shown(), PLAN)

    assert far.scores.tolist() == pytest.approx([0.34])
    assert len(near) == 0


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(shown([PERSON], [0.9], ObjectClass.VEHICLE), id="of another class"),
        pytest.param(shown([[130, 100, 170, 200]], [0.9]), id="beside it"),
    ],
)
def test_what_the_other_look_shows_speaks_for_nothing_else(other):
    far, _ = weighed(shown([PERSON], [0.4]), other, PLAN)

    assert far.scores.tolist() == pytest.approx([0.34])


class Looks:
    """A detector that sees given objects, by the length at which it looks."""

    search_plan = PLAN

    def __init__(self, **seen):
        self._seen = {int(name.removeprefix("at_")): found for name, found in seen.items()}

    def detect(self, pixels, *, threshold, long_side):
        boxes, scores = self._seen.get(long_side, ([], []))
        found = Detections.of(boxes, scores, ObjectClass.PERSON)
        return found.select(found.scores >= threshold)


def test_a_search_finds_what_neither_look_shows_surely_and_hides_it_as_far_as_either_does():
    looks = Looks(at_640=([[100, 100, 140, 190]], [0.4]), at_960=([[100, 105, 140, 200]], [0.16]))

    found = search(looks, np.zeros((720, 960, 3), np.uint8), threshold=0.3)

    assert found.boxes.tolist() == [[100, 100, 140, 200]]
    assert found.scores.tolist() == pytest.approx([0.38])


def test_a_search_doubts_what_one_of_two_looks_shows_but_not_what_a_single_look_does():
    looks, pixels = Looks(at_640=([PERSON], [0.32])), np.zeros((720, 960, 3), np.uint8)

    assert len(search(looks, pixels, threshold=0.3)) == 0
    assert len(search(looks, pixels, threshold=0.3, plan=PLAN.whole_only(640, coarse=False))) == 1


def test_an_object_larger_than_any_tile_is_not_doubted_for_that():
    looks = Looks(at_640=([[200, 100, 2100, 1600]], [0.32]))

    found = search(looks, np.zeros((1732, 2309, 3), np.uint8), threshold=0.3)

    assert found.scores.tolist() == pytest.approx([0.32])


def test_models_whose_scores_were_chosen_look_by_look_keep_them():
    """Shares are for models that say so: figures of the others were measured without."""
    looks = Looks(at_640=([PERSON], [0.32]))

    found = search(
        looks, np.zeros((720, 960, 3), np.uint8), threshold=0.3, plan=replace(PLAN, surer_share=1, fainter_share=0)
    )

    assert found.scores.tolist() == pytest.approx([0.32])
    assert [card.name for card in catalogue() if card.search.weighs] == ["nanodet-plus"]
