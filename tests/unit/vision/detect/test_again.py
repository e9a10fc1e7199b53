"""The second look: who looks around what, and what of it counts."""

import pytest

from tests.unit.vision.conftest import MarkFinder
from veil_vision.detect.again import find_again
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName
from veil_vision.detect.strength import strong_scores
from veil_vision.geometry.object_classes import ObjectClass

FACE = ObjectClass.FACE
MARK = (100, 60, 140, 110)
AROUND = [(FACE, (95, 55, 145, 115))]


PAIR = Profile(
    ProfileName.BALANCED,
    (ModelUse("first", faint={FACE: 0.25}), ModelUse("other", second_opinion=True, faint={FACE: 0.4})),
)


class _Seer(MarkFinder):
    """One of several models, each with scores on a scale of its own, and each blind to what it does not show."""

    def __init__(self, name, least, *, sees=True):
        super().__init__()
        self.name, self.default_threshold, self._sees = name, least, sees

    def detect(self, pixels, *, threshold, long_side):
        return super().detect(pixels, threshold=threshold if self._sees else 2.0, long_side=long_side)


def test_the_second_look_counts_from_seven_tenths_of_the_threshold(scenes):
    pixels = scenes.marked((*MARK, 100))

    found, nothing = (
        find_again(pixels, AROUND, scenes.recipe(threshold=least), [scenes.finder()])
        for least in (100 / 255 / 0.7 - 0.01, 100 / 255 / 0.7 + 0.01)
    )

    assert (len(found), len(nothing)) == (1, 0)


def test_each_window_is_looked_at_again_by_the_detectors_of_its_class_only(scenes):
    pixels = scenes.marked(MARK)
    ((_, window),) = AROUND

    as_face, as_plate = (
        find_again(pixels, [(each, window)], scenes.recipe(), [scenes.finder()])
        for each in (ObjectClass.FACE, ObjectClass.LICENSE_PLATE)
    )

    assert (len(as_face), len(as_plate)) == (1, 0)


@pytest.mark.parametrize(
    ("red", "first_sees", "counts"),
    [(128, False, False), (128, True, True), (160, False, True)],
    ids=["faintly by one", "faintly by both", "well by one"],
)
def test_what_one_model_sees_counts_by_its_own_threshold_or_by_what_another_sees(scenes, red, first_sees, counts):
    """0.5 is enough for the first model and, of the other one, nothing that speaks for itself."""
    recipe = scenes.recipe(profile=PAIR)
    models = [_Seer("first", 0.3, sees=first_sees), _Seer("other", 0.6)]

    seen = find_again(scenes.marked((*MARK, red)), AROUND, recipe, models)

    assert len(seen) == 1
    assert (seen.scores[0] >= strong_scores(recipe, models)[FACE]) == counts
