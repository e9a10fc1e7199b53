"""A video is looked at in segments: by several, again after a crash, and always with the same outcome."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips
from veil_vision.detect.profiles import ProfileName
from veil_vision.errors import SegmentError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.pipelines import video, video_looks
from veil_vision.pipelines.segment_looks import SegmentLooks, read_looks, write_looks
from veil_vision.pipelines.video import anonymize_video, look_at_video
from veil_vision.pipelines.video_output import LOOKED, VideoSettings
from veil_vision.track.findings import write_findings
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.segments import WHOLE

GOP = {"g": "5", "sc_threshold": "0"}
SETTINGS = VideoSettings(encoder=EncoderSettings(threads=1), segment_seconds=0.2)


class Kept:
    """Checkpoints in memory; `taken` are others' to look at."""

    def __init__(self, taken=()):
        self.files, self.taken = {}, set(taken)

    def load(self, number):
        return self.files.get(number)

    def save(self, number, looks):
        self.files[number] = looks

    def kept(self):
        return len(self.files)

    @contextmanager
    def claimed(self, number):
        yield number not in self.taken


@pytest.fixture
def clip(tmp_path):
    return clips.make_clip(tmp_path / "ride.mp4", frames=24, options=GOP)


@pytest.fixture
def run(tmp_path, scenes, monkeypatch):
    """Anonymize a clip; return the findings, the finished file and how many frames were looked at."""
    looks, read_segment = [], video_looks.read_segment

    def counted(*asked, **how):
        for frame in read_segment(*asked, **how):
            looks.append(frame.number)
            yield frame

    monkeypatch.setattr(video_looks, "read_segment", counted)

    def anonymize(clip, *, checkpoints=None, report=lambda fraction: None, segmenter=None, **changes):
        looks.clear()
        target, how = tmp_path / "result.mp4", {"settings": SETTINGS, "report": report, "checkpoints": checkpoints}
        made = anonymize_video(clip, target, scenes.recipe(**changes), [scenes.finder()], segmenter, **how)
        return write_findings(made.findings), target.read_bytes(), len(looks)

    return anonymize


@pytest.fixture
def helped(scenes):
    """Have a helper look at a clip."""

    def look(clip, checkpoints, report=lambda fraction: None):
        how = {"settings": SETTINGS, "report": report, "checkpoints": checkpoints}
        look_at_video(clip, scenes.recipe(), [scenes.finder()], **how)

    return look


def test_segments_give_the_findings_and_the_file_of_the_whole(clip, run, monkeypatch):
    in_segments = run(clip)
    monkeypatch.setattr(video, "segments_of", lambda path, seconds: (WHOLE,))

    assert run(clip) == in_segments


def test_a_run_after_a_crash_looks_again_at_one_segment_at_most(clip, run):
    kept, undisturbed = Kept(), run(clip)

    def die(fraction):
        if len(kept.files) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(clip, checkpoints=kept, report=die)
    *result, looks = run(clip, checkpoints=kept)

    assert result == list(undisturbed[:2])
    assert looks == undisturbed[2] - 15


def test_a_helper_tells_how_far_all_are_and_not_where_it_looks(clip, helped):
    kept, told = Kept(taken={0, 1, 3}), []
    kept.save(0, b"another's")

    helped(clip, kept, told.append)

    looked = LOOKED[ProfileName.BALANCED]
    assert sorted(set(told)) == pytest.approx([0.0, looked * 2 / 5, looked * 3 / 5])
    assert told[-1] == max(told)


def test_what_helpers_saw_is_not_looked_at_again(clip, run, helped):
    kept, alone = Kept(taken={0, 2}), run(clip)
    helped(clip, kept)
    assert sorted(kept.files) == [1, 3, 4]

    kept.taken = set()
    *result, looks = run(clip, checkpoints=kept)

    assert result == list(alone[:2])
    assert looks == alone[2] - 14


def test_a_run_waits_for_helpers_and_takes_over_from_those_that_died(clip, run, monkeypatch):
    kept = Kept(taken={1})
    monkeypatch.setattr("veil_vision.pipelines.shared_segments.sleep", lambda seconds: kept.taken.clear())

    assert run(clip, checkpoints=kept) == run(clip)


def test_a_run_that_waits_hears_that_nobody_wants_it_any_more(clip, run, monkeypatch):
    kept, told = Kept(taken={1}), []
    monkeypatch.setattr("veil_vision.pipelines.shared_segments.sleep", lambda seconds: None)

    def report(fraction):
        told.append(fraction)
        if len(told) > 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(clip, checkpoints=kept, report=report)


@pytest.mark.parametrize("damage", [lambda file: file[:-9], lambda file: b"{}", lambda file: file[::-1]])
def test_a_damaged_checkpoint_is_made_again(clip, run, damage):
    kept = Kept()
    undisturbed = run(clip, checkpoints=kept)
    kept.files[2] = damage(kept.files[2])

    *result, looks = run(clip, checkpoints=kept)

    assert (result, looks) == (list(undisturbed[:2]), undisturbed[2] - 19)


def test_checkpoints_of_another_policy_are_not_taken(clip, run):
    kept = Kept()
    _, _, looks = run(clip, checkpoints=kept)

    assert run(clip, checkpoints=kept, threshold=0.6)[2] == looks


def test_checkpoints_without_outlines_are_not_taken_where_there_is_a_segmenter(clip, run, scenes):
    kept = Kept()
    _, _, looks = run(clip, checkpoints=kept)

    assert run(clip, checkpoints=kept, segmenter=scenes.segmenter())[2] == looks


def test_progress_never_falls(clip, run):
    told = []

    run(clip, checkpoints=Kept(), report=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_cuts_at_the_seam_of_segments_are_seen(tmp_path, run, monkeypatch):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=20, options=GOP)
    monkeypatch.setattr("veil_vision.pipelines.segment_looks.is_cut", lambda before, after: True)

    in_segments = run(clip)[0]
    monkeypatch.setattr(video, "segments_of", lambda path, seconds: (WHOLE,))

    assert run(clip)[0] == in_segments


def test_a_video_whose_segments_are_not_what_they_promise_is_looked_at_as_a_whole(clip, run, helped, monkeypatch):
    undisturbed = run(clip)

    def parted(path, part, *, conceal):
        if part is not WHOLE:
            raise SegmentError("other frames")
        return video_read(path, part, conceal=conceal)

    video_read = video_looks.read_segment
    monkeypatch.setattr(video_looks, "read_segment", parted)

    helped(clip, Kept())
    assert run(clip, checkpoints=Kept()) == undisturbed


boxes = st.tuples(*[st.floats(0, 4000, width=32)] * 4).map(
    lambda b: (*np.minimum(b[:2], b[2:]), *np.maximum(b[:2], b[2:]))
)
frames = st.none() | st.lists(
    st.tuples(boxes, st.floats(0, 1, width=32), st.sampled_from(ObjectClass), st.booleans()), max_size=4
)


@given(found=st.lists(frames, max_size=8), seed=st.integers(0, 9))
def test_a_checkpoint_says_to_the_last_bit_what_was_seen(found, seed):
    cells = np.random.default_rng(seed).random((3, 5)) > 0.5
    looks = SegmentLooks([None if each is None else detections_of(each, cells) for each in found])
    looks.times, looks.cuts, looks.broken = list(range(0, 7 * len(found), 7)), [3], [1]
    small = np.random.default_rng(seed).integers(0, 256, (36, 64, 3)).astype(np.uint8)
    looks.ends = (small, small[::-1])

    again = read_looks(write_looks(looks, "key"), "key")

    assert write_looks(again, "key") == write_looks(looks, "key")
    assert (again.times, again.cuts, again.broken) == (looks.times, looks.cuts, looks.broken)
    for was, is_now in zip(looks.found, again.found, strict=True):
        assert (was is None) == (is_now is None)
        if was is not None:
            assert was.boxes.tobytes() == is_now.boxes.tobytes()
            assert was.scores.tobytes() == is_now.scores.tobytes()
            assert was.classes == is_now.classes
    with pytest.raises(ValueError, match="something else"):
        read_looks(write_looks(looks, "key"), "another")


def detections_of(places, cells):
    boxes, scores, classes, outlined = zip(*places, strict=True) if places else ((), (), (), ())
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        tuple(classes),
        tuple(Segment.of((0, 0, 50, 30), cells) if each else None for each in outlined),
    )
