"""Which frames of a video are searched, and that what only a search sees is found in the frames between as well."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips
from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.pipelines.video_looks import PlannedFrame, look_at, spans
from veil_vision.pipelines.video_output import VideoSettings, VideoWork
from veil_vision.video.probe import probe
from veil_vision.video.segments import WHOLE


@pytest.fixture
def look(tmp_path, scenes):
    """What is seen in a clip by a detector that sees nothing small, and which frames were searched."""

    class Shortsighted(scenes.finder):
        search_plan = replace(
            scenes.finder.search_plan, whole_long_side=80, single_long_side=80, fine_long_side=160, coarse_long_side=0
        )

        def detect(self, pixels, *, threshold, long_side):
            found = super().detect(pixels, threshold=threshold, long_side=long_side)
            return found.select((found.boxes[:, 2:] - found.boxes[:, :2]).min(axis=1, initial=1e9) >= 20)

    def looked(profile=ProfileName.BALANCED, **clip):
        source = clips.make_clip(tmp_path / "ride.mp4", **clip)
        recipe = scenes.recipe(profile=profiles()[profile])
        work = VideoWork(source, source, probe(source), recipe, VideoSettings(), [Shortsighted()], lambda share: None)
        return list(look_at(work, WHOLE))

    return looked


def searched(looked):
    return [glimpse.number for glimpse, _ in looked if glimpse.searched]


def seen(looked):
    return [glimpse.number for glimpse, found in looked if found is not None and len(found)]


def test_every_third_of_a_second_a_frame_is_searched(look):
    assert searched(look(frames=30)) == [0, 8, 16, 24]


def test_thorough_searches_every_frame(look):
    assert searched(look(ProfileName.THOROUGH, frames=5)) == [0, 1, 2, 3, 4]


def test_what_only_a_search_sees_is_seen_in_the_frames_between_as_well(look):
    assert seen(look(frames=30)) == list(range(30))


def test_what_comes_between_two_searches_is_followed_back_to_where_it_came(look):
    assert seen(look(frames=16, marked=range(3, 16))) == list(range(3, 16))


def test_what_a_search_misses_is_followed_back_past_it(look):
    marked = [*range(3, 8), *range(9, 24)]

    assert seen(look(frames=24, marked=marked)) == marked


def test_what_goes_between_two_searches_is_followed_to_where_it_went(look):
    assert seen(look(frames=16, marked=range(6))) == list(range(6))


def test_what_a_glance_sees_faintly_is_not_followed(tmp_path, scenes):
    """0.5 is enough for the model that looks in searches and sees nothing, not for the one that glances."""

    class Seer(scenes.finder):
        def __init__(self, name, least, score):
            super().__init__()
            self.name, self.default_threshold, self._score, self.looks = name, least, score, 0

        def detect(self, pixels, *, threshold, long_side):
            self.looks += 1
            found = super().detect(pixels, threshold=0.0, long_side=long_side)
            return replace(found, scores=np.full_like(found.scores, self._score)).select(
                np.full(len(found), self._score >= threshold)
            )

    def looks_in_all(marked):
        blind, glancing = Seer("centerface", 0.3, 0.0), Seer("yunet", 0.6, 0.5)
        source = clips.make_clip(tmp_path / "ride.mp4", frames=6, marked=marked)
        recipe = scenes.recipe(profile=profiles()[ProfileName.BALANCED])
        work = VideoWork(source, source, probe(source), recipe, VideoSettings(), [blind, glancing], lambda share: None)
        return seen(look_at(work, WHOLE)), blind.looks

    (some, looks), (nothing, as_many) = looks_in_all(range(1, 4)), looks_in_all(())

    assert (some, nothing) == ([2], [])
    assert looks == as_many


def test_fast_looks_at_every_second_frame(look):
    looked = look(ProfileName.FAST, frames=12)

    assert [glimpse.number for glimpse, found in looked if found is None] == [1, 3, 5, 7, 9, 11]


def test_a_picture_at_rest_is_looked_at_once_and_shows_in_every_frame_what_it_showed(tmp_path, scenes):
    class Counting(scenes.finder):
        looks = 0

        def detect(self, pixels, *, threshold, long_side):
            Counting.looks += 1
            return super().detect(pixels, threshold=threshold, long_side=long_side)

    def looks_and_seen(**clip):
        Counting.looks = 0
        source = clips.make_clip(tmp_path / "ride.mp4", frames=8, **clip)
        recipe = scenes.recipe(profile=profiles()[ProfileName.BALANCED])
        work = VideoWork(source, source, probe(source), recipe, VideoSettings(), [Counting()], lambda share: None)
        return seen(look_at(work, WHOLE)), Counting.looks

    at_rest, looks = looks_and_seen(still=True)

    assert at_rest == list(range(8))
    assert looks < looks_and_seen()[1]


def glances(folder, scenes, size, object_class=ObjectClass.FACE):
    """In how many of six frames after a search a mark of 24 pixels is looked for in the whole frame."""
    wholes = []

    class Counting(scenes.finder):
        classes = (object_class,)
        search_plan = replace(scenes.finder.search_plan, whole_long_side=max(size), coarse_long_side=0)

        def detect(self, pixels, *, threshold, long_side):
            wholes.extend([1] if pixels.shape[:2] == size[::-1] else [])
            found = super().detect(pixels, threshold=threshold, long_side=long_side)
            return replace(found, classes=(object_class,) * len(found))

    source = clips.make_clip(folder / "ride.mp4", frames=7, size=size)
    recipe = scenes.recipe(
        profile=profiles()[ProfileName.BALANCED], targets={object_class: scenes.recipe().targets[ObjectClass.FACE]}
    )
    work = VideoWork(source, source, probe(source), recipe, VideoSettings(), [Counting()], lambda share: None)
    assert seen(look_at(work, WHOLE)) == list(range(7))
    return len(wholes) - 1


def test_in_every_other_frame_faces_are_looked_for_only_where_the_frames_beside_show_them(tmp_path, scenes):
    assert glances(tmp_path, scenes, (640, 384)) == 3


def test_where_looking_near_would_cost_as_much_as_a_glance_every_frame_is_seen_at_one(tmp_path, scenes):
    assert glances(tmp_path, scenes, (112, 64)) == 6


def test_other_objects_are_looked_for_in_all_of_every_frame(tmp_path, scenes):
    assert glances(tmp_path, scenes, (640, 384), ObjectClass.PERSON) == 6


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_spans_hold_every_frame_once_and_end_at_searches(flags):
    looked = [
        (PlannedFrame(number, number, False, None, None, number > 0 and cut, cut or search), Detections.of([]))
        for number, (search, cut) in enumerate(flags)
    ]
    parts = list(spans(looked))

    assert [each for part in parts for each in part.looked] == looked
    for part, following in pairwise(parts):
        first, _ = following.looked[0]
        assert first.searched
        assert (part.after is None) == first.begins_shot
        assert not any(glimpse.searched for glimpse, _ in part.looked[1:])
