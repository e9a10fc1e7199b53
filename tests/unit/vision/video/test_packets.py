"""Recordings that were put one behind the other are one video: times go on, and sound stays with its pictures."""

from itertools import pairwise

import av
import pytest

from tests import clips
from veil_vision.video.packets import packets_of
from veil_vision.video.reader import read_frames

KINDS = [("a.ts", "libx264", "mpegts"), ("a.mpg", "mpeg2video", "mpeg")]


@pytest.fixture(params=KINDS, ids=["transport stream", "program stream"])
def joined(tmp_path, request):
    """Two recordings of two seconds with sound, as `cat` joins them."""
    name, codec, container = request.param
    clip = clips.make_clip(tmp_path / name, codec=codec, container=container, frames=50, audio="mp2")
    clip.write_bytes(2 * clip.read_bytes())
    return clip


def stamps(path, *kinds):
    """When the packets of streams are to be decoded, in seconds, by kind."""
    with av.open(str(path)) as container:
        streams = [each for each in container.streams if each.type in kinds]
        told = [(each.stream.type, each.dts * each.time_base) for each in packets_of(container, *streams) if each.size]
        return {kind: [float(time) for its, time in told if its == kind] for kind in kinds}


def test_frames_are_shown_one_after_the_other(joined):
    times = [frame.time / 90_000 for frame in read_frames(joined)]

    assert len(times) == 100
    assert [after - before for before, after in pairwise(times)] == pytest.approx([0.04] * 99, abs=0.001)


def test_sound_stays_with_its_pictures(joined):
    told = stamps(joined, "video", "audio")

    assert all(before < after for before, after in pairwise(told["audio"]))
    assert told["audio"][-1] - told["audio"][0] == pytest.approx(told["video"][-1] - told["video"][0], abs=0.1)


def test_pictures_have_the_same_times_whether_or_not_anybody_listens(joined):
    assert stamps(joined, "video")["video"] == stamps(joined, "video", "audio")["video"]
