"""Sound stays as it is where the file can hold it, and what a file cannot hold is a fault of what was to be written."""

from itertools import pairwise

import av
import numpy as np
import pytest

from tests import clips
from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.probe import probe
from veil_vision.video.reader import read
from veil_vision.video.results import Encoder
from veil_vision.video.writer import VideoWriter


def write_audio(clip, target, *, times=1, change=lambda packet: None):
    """Write a clip's audio, and its pictures not at all."""
    with VideoWriter(target, clip, probe(clip), EncoderSettings(), AudioPolicy.KEEP) as writer:
        for item in (each for _ in range(times) for each in read(clip, audio=True)):
            if not isinstance(item, DecodedFrame):
                change(item)
                writer.write_audio(item)
    return target


def sound_of(path):
    """Return the samples that a player plays: float (channels, n)."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def codec_of(path):
    """Return the name of the audio's codec and its sampling rate."""
    with av.open(str(path)) as container:
        context = container.streams.audio[0].codec_context
        return context.name, context.sample_rate


def seconds_of_sound(path):
    with av.open(str(path)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "aac"), ("a.mkv", "aac"), ("a.mkv", "pcm_s24le"), ("a.mov", "pcm_s32le"), ("a.mov", "pcm_f32le")],
)
def test_copied_sound_is_the_same_to_the_last_sample(tmp_path, name, codec):
    clip = clips.make_clip(tmp_path / name, audio=codec, frames=5)

    written = write_audio(clip, tmp_path / "result")

    assert codec_of(written) == (codec, 48_000)
    assert np.array_equal(sound_of(written), sound_of(clip))


@pytest.mark.parametrize(("rate", "coded"), [(4000, 7350), (11127, 12000), (192_000, 96_000)])
def test_sound_of_a_rate_that_the_file_cannot_hold_gets_the_next(tmp_path, rate, coded):
    clip = clips.make_clip(tmp_path / "a.avi", codec="mpeg4", audio="pcm_s16le", audio_rate=rate, seconds_of_audio=2)

    written = write_audio(clip, tmp_path / "result")

    assert codec_of(written) == ("aac", coded)


def test_sound_that_changes_its_rate_goes_on(tmp_path):
    parts = [
        clips.make_clip(tmp_path / f"{rate}.ts", container="mpegts", frames=50, audio="mp2", audio_rate=rate)
        for rate in (48_000, 44_100)
    ]
    (tmp_path / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))

    written = write_audio(tmp_path / "a.ts", tmp_path / "result")

    assert codec_of(written) == ("aac", 48_000)
    assert seconds_of_sound(written) == pytest.approx(4, abs=0.1)


def test_sound_whose_first_packet_is_cut_off_begins_with_the_next(tmp_path):
    clip = clips.make_clip(tmp_path / "a.avi", codec="mpeg4", audio="mp2", frames=50)
    clip.write_bytes(clip.read_bytes().replace(b"\xff\xfd", b"\0\0", 1))

    assert seconds_of_sound(write_audio(clip, tmp_path / "result")) == pytest.approx(2, abs=0.1)


def test_sound_that_is_told_twice_where_recordings_were_joined_is_heard_once(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac")

    written = write_audio(clip, tmp_path / "result", times=2)

    with av.open(str(written)) as container:
        stamps = [packet.dts for packet in container.demux(audio=0) if packet.size]
    assert all(before < after for before, after in pairwise(stamps))
    assert np.array_equal(sound_of(written), sound_of(clip))


def test_audio_whose_times_fall_far_is_refused_as_a_defect(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac", seconds_of_audio=2)

    with pytest.raises(DefectiveVideoError, match="audio"):
        write_audio(clip, tmp_path / "result", times=2)


def test_audio_that_a_file_cannot_hold_is_refused_as_a_defect(tmp_path):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac")

    def heard_before_it_is_decoded(packet):
        packet.pts = packet.dts - 1

    with pytest.raises(DefectiveVideoError, match="audio"):
        write_audio(clip, tmp_path / "result", change=heard_before_it_is_decoded)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_what_an_encoder_cannot_write_is_refused_by_what_it_is(tmp_path, name):
    clip = clips.make_clip(tmp_path / name, frames=1, size=(2, 64))

    with pytest.raises(UnsupportedVideoError, match="2x64 pixels"):
        VideoWriter(tmp_path / "result", clip, probe(clip), EncoderSettings(encoder=Encoder.AV1), AudioPolicy.DROP)
