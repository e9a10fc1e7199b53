"""Looks at the whole picture: what seems large in one look must show in them, and nothing else is asked for that."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from veil_vision.detect.tiles import search
from veil_vision.detect.whole_picture import confirmed
from veil_vision.geometry.detections import Detections
from veil_vision.models.catalogue import catalogue
from veil_vision.models.plans import SearchPlan

PLAN = SearchPlan(640, 0, 1280, 4_000_000, 1280, 32, whole_score=0.35)
PICTURE = np.zeros((480, 640, 3), np.uint8)
LETTERING, SMALL, FILLING = (100, 100, 240, 180), (10, 10, 60, 30), (20, 20, 400, 260)


@dataclass
class Seer:
    """Sees what it is told to, by the length of the longer side that it looks at; remembers these lengths."""

    told: dict
    lengths: list = field(default_factory=list)
    search_plan: SearchPlan = PLAN

    def detect(self, pixels, *, threshold, long_side):
        self.lengths.append(long_side)
        boxes = [(box, score) for box, score in self.told.get(long_side, ()) if score >= threshold]
        return Detections.of([box for box, _ in boxes], [score for _, score in boxes])


def kept(score, found, whole=0.0, plan=PLAN):
    seer = Seer({640: [(LETTERING, whole)]})
    (left,) = confirmed(seer, PICTURE, [Detections.of([found], [score])], plan)
    return len(left) == 1, seer.lengths


@pytest.mark.parametrize(("whole", "there"), [(0.4, True), (0.3, False)])
def test_what_is_large_and_not_sure_counts_if_the_look_at_the_whole_shows_it_faintly(whole, there):
    assert kept(0.6, LETTERING, whole) == (there, [640])


def test_what_the_look_at_the_whole_shows_elsewhere_confirms_nothing():
    assert not kept(0.6, (400, 300, 540, 380), whole=0.9)[0]


@pytest.mark.parametrize(("score", "box"), [(0.8, LETTERING), (0.6, SMALL), (0.6, FILLING)])
def test_what_is_sure_or_small_or_fills_the_picture_needs_no_other_look(score, box):
    assert kept(score, box) == (True, [])


def test_a_model_without_a_score_for_the_whole_is_taken_at_its_word():
    assert kept(0.6, LETTERING, plan=replace(PLAN, whole_score=0.0)) == (True, [])


def test_a_search_leaves_out_what_only_the_enlarged_picture_shows():
    lettering = Seer({1280: [(tuple(2 * edge for edge in LETTERING), 0.6)]})
    plate = Seer({640: [(LETTERING, 0.4)], 1280: [(tuple(2 * edge for edge in LETTERING), 0.6)]})

    assert len(search(lettering, PICTURE, threshold=0.5)) == 0
    assert search(plate, PICTURE, threshold=0.5).boxes.tolist() == [list(LETTERING)]


def test_only_the_network_of_plates_asks_for_it():
    assert [card.name for card in catalogue() if card.search.whole_score] == ["veil-plates"]
