"""Which frames are looked at again, and that what shows in one is hidden in all of its track."""

import numpy as np
import pytest

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track import link
from veil_vision.track.second_look import places_to_check, strengthen

PERSON = ObjectClass.PERSON


def video(seen=(10, 11, 12, 20, 21), frames=40):
    """A face that moves by 5 pixels a frame, 40 wide, largest and least certain when named."""
    looks = [Detections.of([])] * frames
    for i in seen:
        size = 60 if i == 12 else 40
        looks[i] = Detections.of([(5 * i, 100, 5 * i + size, 150)], [0.3 if i == 11 else 0.9])
    return link(looks, [], (640, 360), 25)


def two():
    """A face as in `video`, and another one that stands still from frame 10 on."""
    looks = [Detections.of([])] * 40
    for i in range(10, 22):
        moving = (5 * i, 100, 5 * i + (60 if i == 12 else 40), 150)
        looks[i] = Detections.of([moving, (400, 100, 440 + i, 150)], [0.3 if i == 11 else 0.9, 0.9])
    return link(looks, [], (640, 360), 25)


def test_of_a_track_the_ends_the_largest_the_least_certain_and_the_farthest_from_a_sighting_are_looked_at():
    assert sorted(places_to_check(video(), 1000)) == [5, 10, 11, 12, 21]


def test_in_every_nth_frame_all_that_is_hidden_is_looked_at():
    checked = places_to_check(two(), 14)

    assert [len(checked[frame]) for frame in (11, 12, 14)] == [1, 1, 2]


def test_a_frame_that_hides_nothing_is_not_looked_at():
    assert places_to_check(video(seen=()), 15) == {}


def test_every_nth_needs_a_number():
    with pytest.raises(ValueError, match="at least 1"):
        places_to_check(video(), 0)


def test_what_shows_beside_a_track_makes_it_larger_in_all_its_frames_on_that_side_only():
    before = video()
    shown = Detections.of([(5 * 20 + 30, 110, 5 * 20 + 60, 130)])
    after = strengthen(before, 20, shown)

    assert len(after.unclaimed) == 0
    for was, now in zip(before.tracks[0].places, after.video.tracks[0].places, strict=True):
        width = was.box[2] - was.box[0]
        assert np.allclose(now.box - was.box, [0, 0, 0.5 * width, 0])


def test_what_shows_in_a_frame_is_hidden_in_it_afterwards():
    shown = Detections.of([(90, 80, 120, 130), (110, 90, 150, 170)])
    after = strengthen(video(), 20, shown).video.at(20).boxes[0]

    assert (after[:2] <= [90, 80]).all()
    assert (after[2:] >= [150, 170]).all()


def test_what_shows_beside_no_track_of_its_class_is_given_back():
    shown = Detections.concat(
        [Detections.of([(500, 10, 540, 60)]), Detections.of([(100, 100, 140, 150)], None, PERSON)]
    )
    after = strengthen(video(), 20, shown)

    assert after.unclaimed.classes == (ObjectClass.FACE, PERSON)
    assert np.array_equal(after.video.at(20).boxes, video().at(20).boxes)
