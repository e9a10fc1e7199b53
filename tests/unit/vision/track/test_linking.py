"""What is hidden in frames where nothing was seen, and that nothing seen is left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.geometry.boxes import intersection
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track import TrackSettings, link

SIZE = (640, 360)
RATE = 25.0
NOTHING = Detections.of([])


def walk(frames, *, start=(100, 100), step=(4, 1), side=40):
    """The box of an object that moves evenly, one per frame."""
    return [
        (x, y, x + side, y + side) for i in range(frames) for x, y in [(start[0] + step[0] * i, start[1] + step[1] * i)]
    ]


def seen(boxes, frames, scores=None):
    """One detection per named frame, nothing in the others."""
    given = scores or dict.fromkeys(frames, 0.9)
    return [Detections.of([box], [given[i]]) if i in frames else NOTHING for i, box in enumerate(boxes)]


def covered(video, frame, box):
    """The greatest share of a box that one hidden box covers."""
    truth = np.array([box], dtype=np.float32)
    hidden = video.at(frame).boxes
    area = (box[2] - box[0]) * (box[3] - box[1])
    return float(intersection(truth, hidden).max(initial=0) / area)


def test_an_object_seen_in_every_tenth_frame_is_hidden_in_all_of_them():
    truth = walk(41)
    video = link(seen(truth, range(0, 41, 10)), [], SIZE, RATE)

    assert len(video.tracks) == 1
    assert min(covered(video, i, box) for i, box in enumerate(truth)) > 0.97


def test_an_object_seen_in_every_tenth_frame_is_hidden_up_to_the_tenth_before_and_after():
    truth = walk(41)
    video = link(seen(truth, range(9, 35, 10)), [], SIZE, RATE)

    assert min(covered(video, i, box) for i, box in enumerate(truth[:39])) > 0.97


def test_frames_that_nobody_looked_at_are_bridged():
    truth = walk(31, step=(6, 0))
    looks = [each if i % 5 == 0 else None for i, each in enumerate(seen(truth, range(31)))]
    video = link(looks, [], SIZE, RATE)

    assert video.looked_at == 7
    assert min(covered(video, i, box) for i, box in enumerate(truth)) > 0.97


def test_a_track_reaches_before_the_first_and_after_the_last_sighting_at_its_speed():
    truth = walk(20, step=(9, 0))
    video = link(seen(truth, range(5, 15)), [], SIZE, RATE)

    assert [bool(len(video.at(i))) for i in range(20)] == [False] * 2 + [True] * 16 + [False] * 2
    assert min(covered(video, i, truth[i]) for i in range(2, 18)) > 0.97


def shares(video):
    """By frame, the largest share of the frame that one place hides."""
    sizes = [video.at(frame).boxes for frame in range(video.frames)]
    areas = [((each[:, 2:] - each[:, :2]).prod(axis=1)).max(initial=0) for each in sizes]
    return [float(each / (SIZE[0] * SIZE[1])) for each in areas]


def test_one_sure_sighting_and_faint_ones_far_off_fog_no_frames_between_and_after():
    boxes = {0: (350, 4, 490, 150), 3: (345, 0, 479, 138), 9: (173, 0, 327, 149)}
    looks = [seen([boxes[i]], [0], {0: 0.9 if i == 0 else 0.2})[0] if i in boxes else NOTHING for i in range(14)]

    video = link(looks, [], SIZE, 10.0, TrackSettings(thresholds={ObjectClass.FACE: 0.5}))

    assert len(video.tracks) == 1
    assert max(shares(video)) <= 1 / 8
    assert min(shares(video)[:10]) > 0.05


@pytest.mark.parametrize(("sure", "frames"), [({5}, {5}), ({4, 6}, set(range(1, 10)))])
def test_what_is_large_is_hidden_where_it_is_not_surely_seen_only_if_it_was_surely_seen_twice(sure, frames):
    large = (100, 20, 400, 340)
    scores = {frame: 0.9 if frame in sure else 0.4 for frame in (4, 5, 6)}
    looks = seen([large] * 11, scores, scores)

    video = link(looks, [], SIZE, RATE, TrackSettings(thresholds={ObjectClass.FACE: 0.5}))

    assert {frame for frame in range(11) if len(video.at(frame))} == frames


@pytest.mark.parametrize(("best", "sure", "hidden"), [(0.55, 9, 9), (0.8, 9, 60), (0.55, 12, 60)])
def test_what_is_large_and_mostly_faint_needs_sure_looks_enough_or_a_very_sure_one(best, sure, hidden):
    large = (100, 20, 400, 340)
    scores = {frame: 0.55 if frame % 5 == 0 and frame < 5 * sure else 0.4 for frame in range(60)}
    looks = seen([large] * 60, scores, {**scores, 0: best})

    video = link(looks, [], SIZE, RATE, TrackSettings(thresholds={ObjectClass.FACE: 0.5}))

    assert sum(len(video.at(frame)) > 0 for frame in range(60)) == hidden


def test_what_is_large_and_seen_in_the_only_look_is_hidden_in_the_frames_that_nobody_looked_at():
    looks = [None, *seen([(100, 20, 400, 340)], [0]), None, NOTHING]

    video = link(looks, [], SIZE, RATE, TrackSettings(thresholds={ObjectClass.FACE: 0.5}))

    assert [len(video.at(frame)) for frame in range(4)] == [1, 1, 1, 0]


def test_no_track_goes_across_a_cut():
    video = link(seen(walk(20, step=(0, 0)), [4, 5, 15, 16]), [8], SIZE, RATE)

    assert [track.shot for track in video.tracks] == [(0, 8), (8, 20)]
    assert [i for i in range(20) if len(video.at(i))] == [1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19]


def test_a_weak_detection_continues_a_track_to_both_sides_but_starts_none():
    settings = TrackSettings(thresholds={ObjectClass.FACE: 0.5}, extension=0)
    truth = walk(9)
    strong_in_the_middle = {i: 0.9 if i == 4 else 0.2 for i in range(9)}

    video = link(seen(truth, range(9), strong_in_the_middle), [], SIZE, RATE, settings)
    assert all(len(video.at(i)) == 1 for i in range(9))
    assert len(video.tracks) == 1

    only_weak = link(seen(truth, range(9), dict.fromkeys(range(9), 0.2)), [], SIZE, RATE, settings)
    assert only_weak.tracks == ()


def test_two_objects_that_meet_keep_their_numbers():
    left, right = walk(30, step=(6, 0)), walk(30, start=(300, 160), step=(-6, 0))
    looks = [Detections.of([a, b]) for a, b in zip(left, right, strict=True)]
    video = link(looks, [], SIZE, RATE)

    assert len(video.tracks) == 2
    assert {place.box[1] for place in video.tracks[0].places} == {*(box[1] for box in left)}


def test_classes_are_never_one_object():
    face, plate = (Detections.of(walk(1), None, each) for each in (ObjectClass.FACE, ObjectClass.LICENSE_PLATE))
    video = link([face, plate], [], SIZE, RATE)

    assert [track.object_class for track in video.tracks] == [ObjectClass.FACE, ObjectClass.LICENSE_PLATE]


def test_what_left_the_picture_is_not_drawn_beside_it():
    video = link(seen(walk(10, start=(590, 100), step=(30, 0)), [0, 1]), [], SIZE, RATE)

    assert [i for i in range(10) if len(video.at(i))] == [0, 1, 2, 3, 4]


def test_a_frame_that_is_not_there_is_an_error():
    with pytest.raises(IndexError, match="frame 3 of a video of 3 frames"):
        link([None] * 3, [], SIZE, RATE).at(3)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_is_no_rate_is_an_error(rate):
    with pytest.raises(ValueError, match="frame rate"):
        link([], [], SIZE, rate)


def test_settings_must_not_be_negative():
    with pytest.raises(ValueError, match="negative"):
        TrackSettings(extension=-1)


edge = st.integers(0, 600)
boxes = st.tuples(edge, edge, st.integers(0, 80), st.integers(0, 80)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
scored = st.tuples(boxes, st.floats(0, 1, width=32), st.sampled_from(ObjectClass))


@st.composite
def videos(draw):
    frames = draw(st.lists(st.none() | st.lists(scored, max_size=4), max_size=14))
    looks = [
        None if found is None else Detections.concat([Detections.of([box], [score], of) for box, score, of in found])
        for found in frames
    ]
    return looks, draw(st.lists(st.integers(0, 14), max_size=3))


@settings(max_examples=25)
@given(videos(), st.floats(0, 1, width=32))
def test_every_strong_detection_is_hidden_in_its_frame_whatever_else_is_seen(video, threshold):
    looks, cuts = video
    used = TrackSettings(thresholds=dict.fromkeys(ObjectClass, threshold))
    tracked = link(looks, cuts, SIZE, RATE, used)

    for i, look in enumerate(looks):
        hidden = tracked.at(i)
        drawn = {(of, *box) for of, box in zip(hidden.classes, hidden.boxes.tolist(), strict=True)}
        given = Detections.of([]) if look is None else look
        for box, score, of in zip(given.boxes.tolist(), given.scores, given.classes, strict=True):
            assert score < threshold or (of, *box) in drawn


@settings(max_examples=25)
@given(videos())
def test_tracks_stay_in_their_shot_and_the_same_input_gives_the_same_tracks(video):
    looks, cuts = video
    once, again = (link(looks, cuts, SIZE, RATE) for _ in range(2))

    for track in once.tracks:
        first, end = track.shot
        assert all(first <= place.frame < end for place in track.places)
        assert not any(first < cut < end for cut in cuts)
    for i in range(len(looks)):
        assert np.array_equal(once.at(i).boxes, again.at(i).boxes)
        assert once.at(i).tracks == again.at(i).tracks


def test_under_a_shaking_camera_what_is_bridged_is_larger_by_the_shake():
    areas = []
    for amount in (0, 6):
        jumps = np.random.default_rng(1).choice([-amount, amount], (40, 2))
        truth = (np.array(walk(40)) + np.tile(jumps, 2)).tolist()
        video = link(seen(truth, [i for i in range(40) if i % 7]), [], SIZE, RATE)
        gaps = range(7, 35, 7)
        areas.append([np.prod(np.diff(video.at(i).boxes.reshape(2, 2), axis=0)) for i in gaps])
        assert min(covered(video, i, truth[i]) for i in gaps) > 0.9

    assert np.mean(areas[1]) > 1.5 * np.mean(areas[0])


def test_one_sighting_far_off_does_not_blow_up_what_is_bridged_elsewhere():
    truth = walk(60)
    off = [x + 30 for x in truth[48]]

    areas = [
        [np.prod(np.diff(video.at(frame).boxes.reshape(2, 2), axis=0)) for frame in range(1, 30, 2)]
        for video in (
            link(seen([*truth[:48], box, *truth[49:]], range(0, 60, 2)), [], SIZE, RATE) for box in (truth[48], off)
        )
    ]

    assert np.mean(areas[1]) < 1.05 * np.mean(areas[0])
