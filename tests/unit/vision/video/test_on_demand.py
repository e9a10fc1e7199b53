"""Frames on demand are the very frames of the video, and nobody reads it until one is asked for."""

from itertools import permutations

import pytest

from tests import clips
from veil_vision.errors import DefectiveVideoError
from veil_vision.video import on_demand
from veil_vision.video.on_demand import FramesOnDemand
from veil_vision.video.reader import read_frames
from veil_vision.video.segments import VideoSegment, segments_of

GOP = {"g": "5", "bf": "2", "sc_threshold": "0"}
CHOSEN = (3, 7, 21)


def told(frame):
    return frame.number, frame.time, frame.is_broken, frame.picture.to_ndarray().tobytes()


@pytest.fixture(scope="module", params=["ride.mp4", "ride.ts"])
def clip(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / request.param
    return clips.make_clip(path, frames=24, options=GOP, container={".ts": "mpegts"}.get(path.suffix, "mp4"))


@pytest.fixture
def frames(clip):
    return FramesOnDemand(clip, CHOSEN, conceal=False, at_once=2)


def test_frames_are_those_of_the_whole_in_whatever_order_they_are_asked_for(clip, frames):
    whole = {each.number: told(each) for each in read_frames(clip)}

    for order in permutations(CHOSEN):
        assert [told(frames.at(number)) for number in order] == [whole[number] for number in order]


def test_where_segments_are_others_than_announced_the_whole_is_read(clip, frames, monkeypatch):
    wrong = VideoSegment(0, 0, None, None, (7,))
    monkeypatch.setattr(on_demand, "segments_of", lambda path, seconds: (wrong,))

    assert frames.at(7).number == 7


def test_what_nobody_asks_for_is_not_read(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=24, options=GOP)
    third = segments_of(clip, 0.2)[2]
    content = clip.read_bytes()
    asked = FramesOnDemand(clip, CHOSEN, conceal=False, at_once=2)
    # All coded pictures of the first half are lost; the index stays.
    begin = content.index(b"mdat") + 4
    clip.write_bytes(
        content[:begin] + bytes((len(content) - begin) // 4) + content[begin + (len(content) - begin) // 4 :]
    )

    assert third.first > CHOSEN[0]
    assert asked.at(21).number == 21
    with pytest.raises(DefectiveVideoError):
        asked.at(3)
