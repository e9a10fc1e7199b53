"""What one frame shows is looked for in the frames beside it, in both directions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.following import PATIENCE, follow, follow_back

STRONG = 0.5


def face(frame, score=0.9):
    """A face of 40 pixels that moves by five a frame."""
    return Detections.of([(5 * frame, 10, 5 * frame + 40, 50)], [score])


def nobody():
    return Detections.of([])


def is_strong(frame, found):
    return found.scores >= STRONG


class Eyes:
    """Sees the face, faintly, in the frames it is told to, and remembers where it looked."""

    def __init__(self, frames):
        self.frames, self.looked = set(frames), []

    def __call__(self, frame, places):
        self.looked.append(frame)
        return face(frame, 0.3) if frame in self.frames else nobody()


def lengths(found):
    return [None if each is None else len(each) for each in found]


def test_what_the_first_frame_shows_is_found_in_those_after_it():
    eyes = Eyes(range(10))

    assert lengths(follow([face(0), *[nobody()] * 9], eyes, is_strong).seen) == [1] * 10


def test_what_the_frame_after_the_last_shows_is_found_in_those_before_it_as_far_as_it_is_there():
    eyes = Eyes(range(6, 10))

    assert lengths(follow([nobody()] * 10, eyes, is_strong, after=face(10)).seen) == [0] * 6 + [1] * 4


def test_where_it_was_before_is_looked_first():
    eyes = Eyes(range(10))

    assert lengths(follow([nobody()] * 2, eyes, is_strong, before=face(0)).seen) == [1, 1]


def test_what_counts_by_itself_in_one_frame_may_not_in_another():
    eyes = Eyes(range(10))

    follow([face(0), *[nobody()] * 3], eyes, lambda frame, found: is_strong(frame, found) & (frame > 0))

    assert not eyes.looked


def test_what_is_lost_is_looked_for_a_few_times_and_then_no_more():
    eyes = Eyes(())

    known = follow([face(0), *[nobody()] * 9], eyes, is_strong).known

    assert eyes.looked == list(range(1, PATIENCE + 1))
    assert len(known) == 0


def test_what_the_look_at_the_first_frame_lacks_is_to_be_followed_further_back():
    lacking = follow([nobody()] * 4, Eyes(range(4)), is_strong, after=face(4))
    seen = follow([face(0), *[nobody()] * 3], Eyes(range(4)), is_strong, after=face(4))

    assert np.array_equal(lacking.earlier.boxes, face(0).boxes)
    assert len(seen.earlier) == 0


def test_what_a_span_is_followed_back_into_is_found_there_however_faint_it_was():
    found = [nobody()] * 3

    follow_back(found, Eyes({1, 2}), is_strong, face(3, 0.3))

    assert lengths(found) == [0, 1, 1]


def test_what_is_lost_is_looked_for_farther_and_farther_around_where_it_was():
    places = []

    def look_near(frame, missing):
        places.append(missing.boxes[0].tolist())
        return nobody()

    follow([face(0), *[nobody()] * 3], look_near, is_strong)

    assert places == [[0, 10, 40, 50], [-10, 0, 50, 60], [-20, -10, 60, 70]]


def test_what_is_seen_anyway_is_not_looked_for():
    eyes = Eyes(range(10))

    follow([face(frame) for frame in range(10)], eyes, is_strong, after=face(10))

    assert eyes.looked == []


def test_what_does_not_count_by_itself_is_not_followed():
    eyes = Eyes(range(10))

    assert lengths(follow([face(0, 0.3), *[nobody()] * 3], eyes, is_strong).seen) == [1, 0, 0, 0]


def test_another_class_at_the_same_place_is_another_object():
    person = Detections.of(face(1).boxes, [0.9], ObjectClass.PERSON)

    assert lengths(follow([face(0), person], Eyes({1}), is_strong).seen) == [1, 2]


def test_frames_in_which_nobody_can_look_stay_so():
    assert lengths(follow([face(0), None, nobody()], Eyes({2}), is_strong).seen) == [1, None, 1]


boxes = st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 60)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
looks = st.none() | st.lists(st.tuples(boxes, st.floats(0, 1, width=32)), max_size=3).map(
    lambda seen: Detections.of([box for box, _ in seen], [score for _, score in seen])
)


@given(st.lists(looks, max_size=6), looks, looks)
def test_following_takes_no_sighting_away_and_adds_none_where_nobody_looked(seen, before, after):
    found = follow(seen, lambda frame, places: places, is_strong, before=before, after=after).seen

    for was, now in zip(seen, found, strict=True):
        assert (was is None) == (now is None)
        if was is not None:
            assert np.array_equal(now.boxes[: len(was)], was.boxes)
