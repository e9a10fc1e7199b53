"""What becomes of the streams of a video beside its pictures, and of its tags."""

import av
import pytest

from tests import clips
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.probe import probe


def test_audio_is_kept_bit_for_bit(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac")

    _, target = run(clip)

    assert clips.audio_packets_of(target) == clips.audio_packets_of(clip)


@pytest.mark.parametrize(("name", "codec"), [("ride.avi", "pcm_s16le"), ("ride.mkv", "aac")])
def test_audio_that_the_result_cannot_hold_is_coded_anew(tmp_path, run, name, codec):
    clip = clips.make_clip(tmp_path / name, audio=codec)

    _, target = run(clip)

    assert probe(target).audio.codec == "aac"


def test_muted_audio_is_silence_of_the_same_length(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac", frames=25)

    made, target = run(clip, settings=VideoSettings(audio=AudioPolicy.MUTE))

    packets = clips.audio_packets_of(target)
    assert packets
    assert not set(packets) & set(clips.audio_packets_of(clip))
    assert abs(len(packets) - len(clips.audio_packets_of(clip))) <= 2
    assert "audio: mute" in made.remarks


@pytest.mark.parametrize(("name", "left"), [("ride.webm", ("video",)), ("ride.mkv", ("video", "audio"))])
def test_an_audio_stream_that_holds_nothing_keeps_nobody_from_the_pictures(tmp_path, run, name, left):
    clip = clips.make_clip(tmp_path / name, codec="libvpx-vp9", audio="libopus", seconds_of_audio=0)
    assert probe(clip).audio is not None

    _, target = run(clip)

    assert probe(target).streams == left


def test_dropped_audio_is_gone(tmp_path, run):
    _, target = run(clips.make_clip(tmp_path / "ride.mp4", audio="aac"), settings=VideoSettings(audio=AudioPolicy.DROP))

    assert probe(target).audio is None


def test_tags_and_subtitles_are_gone(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", subtitle=True, tags=clips.TAGS)
    assert b"Jane Doe" in clip.read_bytes()

    made, target = run(clip)

    assert b"Jane" not in target.read_bytes()
    assert made.remarks == ("subtitle stream dropped",)


def test_a_tag_that_says_what_every_file_says_is_no_tag_of_the_source(tmp_path, run):
    plain, clip = clips.make_clip(tmp_path / "plain.mkv", frames=25), tmp_path / "ride.mkv"
    # What mkvmerge says of a stream in English, in the words of FFmpeg's demuxer.
    told = {"DURATION-eng": "00:00:01.000000000", "NUMBER_OF_FRAMES-eng": "25", "_STATISTICS_TAGS-eng": "BPS DURATION"}
    with av.open(str(plain)) as source, av.open(str(clip), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.metadata.update(told)
        for packet in (each for each in source.demux(video=0) if each.size):
            packet.stream = stream
            out.mux(packet)
    assert ("DURATION-eng", "00:00:01.000000000") in probe(clip).tags

    _, target = run(clip)

    assert ("DURATION", "00:00:01.000000000") in probe(target).tags


def test_attached_files_are_gone(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mkv", attachment=b"cover art with a face", container="matroska")

    made, target = run(clip)

    assert b"cover art" not in target.read_bytes()
    assert made.remarks == ("cover art dropped",)
