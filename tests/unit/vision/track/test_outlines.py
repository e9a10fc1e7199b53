"""From look to look an object is hidden by what both looks show, and by its box wherever that may not be enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veil_vision.geometry.boxes import cover
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.track import TrackSettings, link
from veil_vision.track.outlines import GRID, look_on_grid, with_outlines_between_looks
from veil_vision.track.tracks import Origin, Place, Track

WIDTH, HEIGHT, RATE = 640, 480, 10.0
PERSON = ObjectClass.PERSON
BOX = (200.0, 100.0, 300.0, 340.0)
# An upright body with one arm a little to the right, one with the arm to the left, and one that stretches it out.
RIGHT, LEFT, FAR = (np.zeros((24, 20), bool) for _ in range(3))
RIGHT[:, 7:13] = RIGHT[6:9, 7:15] = True
LEFT[:, 7:13] = LEFT[14:17, 5:13] = True
FAR[:, 7:13] = FAR[6:9, 7:] = True
WHOLE = np.ones((1, 1), bool)


def seen(cells=None, box=BOX, score=0.9):
    """A person in a frame, with a look at the outline where cells are given."""
    found = Detections.of([box], [score], PERSON)
    return found.with_segments([None if cells is None else Segment.of(whole_pixels(box), cells)])


def whole_pixels(box):
    x1, y1, x2, y2 = box
    return int(np.floor(x1)), int(np.floor(y1)), int(np.ceil(x2)), int(np.ceil(y2))


def linked(*looks, cuts=(), rate=RATE, **changes):
    return link(list(looks), cuts, (WIDTH, HEIGHT), rate, TrackSettings(thresholds={PERSON: 0.5}, **changes))


def outlined(video):
    """By frame whether the person is hidden by an outline; None where nothing is hidden."""
    found = [video.at(frame).segments for frame in range(video.frames)]
    return [any(each is not None for each in segments) if segments else None for segments in found]


def pixels(detections):
    """The pixels that the outlines of a frame touch, before they are enlarged, within the boxes."""
    hidden = np.zeros((HEIGHT, WIDTH), bool)
    for box, segment in zip(detections.boxes, detections.segments, strict=True):
        for x1, y1, x2, y2 in cover(box[None], width=WIDTH, height=HEIGHT).tolist():
            hidden[y1:y2, x1:x2] |= True if segment is None else segment.within((x1, y1, x2, y2), 0)
    return hidden


def test_between_two_looks_all_frames_hide_what_either_shows_and_not_the_whole_box():
    video = linked(seen(RIGHT), seen(), seen(LEFT))

    for frame in range(3):
        hidden = pixels(video.at(frame))
        assert (hidden >= (pixels(seen(RIGHT)) | pixels(seen(LEFT)))).all()
        assert hidden.sum() < 0.8 * pixels(seen()).sum()


edge = st.floats(-40, 560, width=32)
boxes = st.tuples(edge, edge, st.floats(9, 300, width=32), st.floats(9, 300, width=32)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
cells = st.integers(0, 99).map(lambda seed: np.random.default_rng(seed).random((9, 9)) < 0.3)


@settings(max_examples=60)
@given(boxes, cells, cells, st.floats(0.9, 1.1), st.integers(-30, 30))
def test_in_the_frame_of_a_look_nothing_that_it_shows_stays_open(box, first, second, growth, step):
    x1, y1, x2, y2 = box
    later = (x1 + step, y1, x1 + step + (x2 - x1) * growth, y1 + (y2 - y1) * growth)
    looks = [seen(first, box), seen(second, later)]
    video = linked(*looks)

    for frame, look in enumerate(looks):
        assert (pixels(video.at(frame)) >= pixels(look)).all()


@settings(max_examples=60)
@given(boxes, cells)
def test_what_a_video_keeps_of_a_look_is_no_less_than_what_it_shows_and_is_carried_as_it_is(box, look):
    kept = look_on_grid(Segment.of(whole_pixels(box), look), np.array(box))

    assert max(kept.bitmap.rows, kept.bitmap.columns) <= GRID
    assert (pixels(seen(look, box).with_segments([kept])) >= pixels(seen(look, box))).all()
    assert look_on_grid(kept, np.array(box)).bitmap == kept.bitmap


def test_the_outline_goes_with_the_box():
    moved = tuple(np.add(BOX, (80, 20, 80, 20)))
    video = linked(seen(RIGHT), seen(None, moved), seen(RIGHT, BOX))

    still, there = pixels(video.at(0)), pixels(video.at(1))
    assert np.array_equal(there[20:, 80:], still[:-20, :-80])


def test_places_from_look_to_look_share_one_grid():
    video = linked(seen(RIGHT), *[seen(None, tuple(np.add(BOX, i))) for i in range(5)], seen(LEFT))

    grids = {id(place.segment.bitmap) for place in video.tracks[0].places if place.segment is not None}
    assert len(grids) == 1


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([seen(), seen(RIGHT), seen(), seen(RIGHT), seen()], [False, True, True, True, False]),
        ([seen(RIGHT), seen(WHOLE), seen(RIGHT), seen(RIGHT)], [False, False, True, True]),
        ([seen(WHOLE), seen(WHOLE), seen(WHOLE), seen(RIGHT), seen(RIGHT)], [False] * 5),
        ([seen(RIGHT), seen(), seen(FAR), seen(), seen(FAR)], [False, False, True, True, True]),
        ([seen(RIGHT), *[seen()] * 9, seen(RIGHT)], [True] * 11),
        ([seen(RIGHT), *[seen()] * 10, seen(RIGHT)], [False] * 12),
    ],
    ids=[
        "outside of the looks",
        "one look not believed",
        "most looks not believed",
        "a limb far from where it was",
        "a second apart",
        "too far apart",
    ],
)
def test_where_two_looks_do_not_tell_the_box_is_hidden(looks, expected):
    assert outlined(linked(*looks)) == expected


def test_frames_beyond_the_ends_of_a_track_hide_boxes():
    nothing = Detections.of([])
    video = linked(nothing, nothing, seen(RIGHT), seen(RIGHT), nothing, nothing)

    assert outlined(video) == [False, False, True, True, False, False]


def test_a_box_that_is_another_one_than_the_looks_tell_is_hidden_whole():
    x1, y1, x2, _ = BOX
    only_the_upper_half = (x1, y1, x2, 220.0)
    video = linked(seen(RIGHT), seen(None, only_the_upper_half), seen(RIGHT))

    assert outlined(video) == [True, False, True]


def test_no_outline_goes_over_a_cut():
    assert outlined(linked(seen(RIGHT), seen(), seen(RIGHT), cuts=[1])) == [False, False, False]


def test_where_an_object_was_not_seen_its_outline_is_as_much_larger_as_its_box_is():
    nothing, far = Detections.of([]), tuple(np.add(BOX, (40, 0, 40, 0)))
    unsure = {"wobble": 1.0, "assumed_wobble": 0.02, "growth": 0.02, "speed_growth": 0.0}
    video = linked(seen(RIGHT), nothing, seen(RIGHT, far), **unsure)

    assert outlined(video) == [True, True, True]
    halfway = tuple(np.add(BOX, (20, 0, 20, 0)))
    by_box = video.at(1).boxes[0] - halfway
    for shift in (by_box, by_box[[2, 1, 0, 3]]):
        moved = seen(RIGHT, tuple(np.add(halfway, (shift[0], shift[1], shift[0], shift[1]))))
        assert (pixels(video.at(1)) >= pixels(moved)).all()


def test_where_it_may_be_far_from_where_it_was_seen_the_box_is_hidden():
    nothing = Detections.of([])

    assert outlined(linked(seen(RIGHT), nothing, seen(RIGHT), growth=0.25)) == [True, False, True]


def test_in_a_frame_that_has_two_places_of_a_track_both_are_hidden_whole():
    box = np.array(BOX)
    look = seen(RIGHT).segments[0]
    ends = [Place(frame, box, 0.9, Origin.DETECTED, look) for frame in (0, 3)]
    bridged = [Place(frame, box, 0.9, Origin.BRIDGED) for frame in (1, 2, 2)]
    track = Track(0, PERSON, (ends[0], *bridged, ends[1]), reach=3, shot=(0, 4))

    places = with_outlines_between_looks(track, longest=10).places
    assert [place.segment is not None for place in places] == [True, True, False, False, True]


def test_an_object_that_was_never_looked_at_is_hidden_by_its_box():
    assert outlined(linked(seen(), seen(), seen())) == [False, False, False]
