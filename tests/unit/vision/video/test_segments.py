"""Segments of a video have, one after the other, the very frames of the whole."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips
from veil_vision.errors import DefectiveVideoError, SegmentError
from veil_vision.video.reader import read_frames
from veil_vision.video.segments import WHOLE, ShownPacket, VideoSegment, read_segment, segments_of, split

GOP = {"g": "5", "bf": "2", "sc_threshold": "0"}


def told(frames):
    return [(each.number, each.time, each.is_broken, each.picture.to_ndarray().tobytes()) for each in frames]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ride.mp4", {"options": GOP}),
        ("ride.mov", {"options": GOP, "audio": "aac"}),
        ("ride.mkv", {"options": GOP, "container": "matroska"}),
        ("edited.mp4", {"options": GOP, "hidden": 3}),
        ("late.mp4", {"options": GOP, "times": [500 + 40 * n + (n == 7) * 9 for n in range(24)]}),
        ("ride.webm", {"codec": "libvpx-vp9", "options": {"g": "5"}}),
        ("hevc.mp4", {"codec": "libx265", "options": {"x265-params": "keyint=5:open-gop=0:log-level=none"}}),
    ],
)
def test_segments_have_the_frames_of_the_whole(tmp_path, name, options):
    clip = clips.make_clip(tmp_path / name, frames=24, **options)

    segments = segments_of(clip, 0.2)

    assert len(segments) > 2
    assert told(frame for each in segments for frame in read_segment(clip, each)) == told(read_frames(clip))


def test_a_segment_is_at_least_as_long_as_asked(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=24, options=GOP)

    assert [each.first for each in segments_of(clip, 0.39)] == [0, 10, 20]
    assert [each.first for each in segments_of(clip, 10)] == [0]


def test_no_segment_begins_with_a_keyframe_that_frames_before_it_need(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=24, options=GOP | {"x264-params": "open-gop=1"})

    segments = segments_of(clip, 0.2)

    assert [each.first for each in segments] == [0, 5, 15, 20]
    assert told(frame for each in segments for frame in read_segment(clip, each)) == told(read_frames(clip))


@pytest.mark.parametrize(
    ("name", "options"),
    [("ride.avi", {"codec": "mpeg4", "options": {"g": "5"}}), ("ride.ts", {"options": GOP, "container": "mpegts"})],
)
def test_a_file_without_an_index_is_one_segment(tmp_path, name, options):
    clip = clips.make_clip(tmp_path / name, frames=24, **options)

    (segment,) = segments_of(clip, 0.2)

    assert told(read_segment(clip, segment)) == told(read_frames(clip))


def test_a_segment_with_other_frames_than_announced_is_refused(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=12, options=GOP)
    first = segments_of(clip, 0.2)[0]

    for times in (first.times[:-1], (*first.times, 99), (7, *first.times[1:])):
        wrong = VideoSegment(0, 0, None, first.end, times)
        with pytest.raises(SegmentError):
            list(read_segment(clip, wrong))


def test_a_file_that_is_cut_off_fails_in_its_last_segment(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=60, options=GOP, index_first=True)
    clip.write_bytes(clip.read_bytes()[: -clip.stat().st_size // 3])

    last = segments_of(clip, 0.2)[-1]

    with pytest.raises(DefectiveVideoError):
        list(read_segment(clip, last))


@given(
    stamps=st.lists(st.integers(0, 400), min_size=1, max_size=40),
    keys=st.lists(st.booleans(), min_size=40, max_size=40),
    length=st.integers(1, 50),
)
def test_segments_divide_what_is_shown_in_the_order_of_the_file_and_of_time(stamps, keys, length):
    packets = [ShownPacket(pts, key) for pts, key in zip(stamps, keys, strict=False)]

    segments = split(packets, 0, length)

    if segments == (WHOLE,):
        assert len(set(stamps)) < len(stamps)
        return
    assert [time for each in segments for time in each.times] == sorted(stamps)
    for before, after in pairwise(segments):
        at = stamps.index(after.start)
        assert packets[at].is_key
        assert max(stamps[:at]) < min(stamps[at:]) == after.start == before.end
        assert after.times[0] - before.times[0] >= length
        assert after.first == before.first + len(before.times)
    assert np.array_equal([each.number for each in segments], range(len(segments)))
