"""What a file cannot hold is a fault of what was to be written."""

import pytest

from tests import clips
from veil_vision.errors import DefectiveVideoError
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.probe import probe
from veil_vision.video.reader import DecodedFrame, read
from veil_vision.video.writer import VideoWriter


def write_audio_twice(clip, target):
    with VideoWriter(target, clip, probe(clip), EncoderSettings(), AudioPolicy.KEEP) as writer:
        for item in [*read(clip, audio=True), *read(clip, audio=True)]:
            if not isinstance(item, DecodedFrame):
                writer.write_audio(item)


def test_audio_whose_times_fall_is_refused_as_a_defect(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac")

    with pytest.raises(DefectiveVideoError, match="audio"):
        write_audio_twice(clip, tmp_path / "result")
