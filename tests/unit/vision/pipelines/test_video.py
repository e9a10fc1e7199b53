"""A video leaves with every object hidden in every frame, its times and shape kept, and nothing else of its source."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tests import clips
from veil_vision.errors import DefectiveVideoError, VerificationError, VideoError, VideoTooLargeError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Zone
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.pipelines.render import render_video
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.track.changes import Changes
from veil_vision.verify import finished_video
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.kinds import VideoKind, kind_of_file
from veil_vision.video.probe import probe
from veil_vision.video.results import Encoder


def red(pixels):
    """How many pixels still are as red as the mark."""
    return int(((pixels[..., 0] > 180) & (pixels[..., 1] < 60)).sum())


@pytest.mark.parametrize("method", AnonymizationMethod)
def test_the_mark_is_hidden_in_every_frame(tmp_path, run, method):
    clip = clips.make_clip(tmp_path / "ride.mp4")

    made, target = run(clip, method=method)

    assert [red(frame) for frame in clips.frames_of(target)] == [0] * clips.FRAMES
    assert made.report["verdict"] == "verified"
    assert made.report["found"] == {"face": 1}


def test_an_object_is_hidden_where_nobody_sees_it(tmp_path, run, scenes):
    class Blinking(scenes.finder):
        looks = 0

        def detect(self, pixels, *, threshold, long_side):
            Blinking.looks += 1
            found = super().detect(pixels, threshold=threshold, long_side=long_side)
            return found.select(np.array([False] * len(found), np.bool_)) if Blinking.looks in {5, 6, 7} else found

    made, target = run(clips.make_clip(tmp_path / "ride.mp4"), finder=Blinking())

    assert max(red(frame) for frame in clips.frames_of(target)) == 0
    line = made.report["exposure"]["tracks"][0]["frames"]
    assert line["bridged"] + line["detected"] == clips.FRAMES


def test_what_counts_in_a_picture_counts_in_a_video_however_faint(tmp_path, run, monkeypatch):
    def agreed(pixels, recipe, detectors, *, share):
        return Detections.of([clips.place(0)], [0.2]), Detections.of([])

    monkeypatch.setattr("veil_vision.pipelines.glances.find_more", agreed)
    made, _ = run(clips.make_clip(tmp_path / "ride.mp4", frames=3, still=True), threshold=0.5)

    assert made.report["found"] == {"face": 1}


def test_pixels_beside_regions_see_the_encoder_only(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4")

    _, target = run(clip)

    before, after = (np.array(clips.frames_of(each), np.int16)[:, 72:] for each in (clip, target))
    assert np.abs(before - after).mean() < 3


@pytest.mark.parametrize("orientation", [None, clips.ROTATE_90])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"])
def test_shape_depth_and_colour_resolution_are_kept(tmp_path, run, pixel_format, orientation):
    colours = {"color_primaries": 9, "color_trc": 16, "colorspace": 9}
    clip = clips.make_clip(
        tmp_path / "ride.mp4", frames=3, pixel_format=pixel_format, matrix=orientation, colours=colours
    )

    _, target = run(clip)

    was, is_now = probe(clip), probe(target)
    assert is_now.pixel_format == pixel_format
    assert (is_now.matrix, is_now.colours, is_now.shown) == (was.matrix, was.colours, was.shown)
    assert max(red(frame) for frame in clips.frames_of(target)) == 0


def lengths(*files):
    """How long videos last, in seconds."""
    for file in files:
        with av.open(str(file)) as container:
            yield container.duration / av.time_base


def test_times_of_a_variable_frame_rate_are_kept(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=6, times=[0, 10, 50, 90, 400, 410])

    _, target = run(clip)

    assert clips.times_of(target) == pytest.approx(clips.times_of(clip), abs=1e-4)


@pytest.mark.parametrize("name", ["ride.mp4", "ride.mkv"])
def test_a_last_frame_is_shown_as_long_as_it_was(tmp_path, run, name):
    clip = clips.make_clip(tmp_path / name, frames=3, times=[0, 40, 80], held=4000)

    _, target = run(clip)

    assert [*lengths(clip, target)] == pytest.approx([4.08, 4.08], abs=0.05)


def test_odd_frames_gain_a_row_and_a_column(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mkv", size=(161, 97), codec="ffv1", container="matroska", frames=3)

    _, target = run(clip)

    assert (probe(target).width, probe(target).height) == (162, 98)
    assert max(red(frame) for frame in clips.frames_of(target)) == 0


def test_squeezed_pixels_are_seen_as_they_are_shown(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", pixel_aspect=Fraction(2), frames=3)

    made, target = run(clip)

    assert made.findings.size == (320, 96)
    assert max(red(frame) for frame in clips.frames_of(target)) == 0


def test_a_video_of_days_is_refused_however_few_frames_it_has(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mkv", frames=3, times=[0, 40, 200_000_000], container="matroska")

    with pytest.raises(VideoTooLargeError, match="129600 seconds"):
        run(clip, settings=VideoSettings(audio=AudioPolicy.MUTE))


def test_frames_that_an_edit_list_hides_are_gone(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", hidden=5)

    _, target = run(clip)

    with av.open(str(target)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert len(packets) == clips.FRAMES - 5
    assert not any(packet.is_discard for packet in packets)


def test_interlaced_frames_stay_interlaced(tmp_path, run):
    options = {"x264-params": "tff=1"}
    clip = clips.make_clip(tmp_path / "ride.mp4", interlaced=True, options=options, frames=4)
    assert probe(clip).field_order == "tt"

    _, target = run(clip)

    assert probe(target).field_order == "tt"
    assert max(red(frame) for frame in clips.frames_of(target)) == 0


def test_what_tells_players_how_bright_an_hdr_video_is_is_kept(tmp_path, run):
    told = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    options = {"x264-params": f"mastering-display={told}:cll=1000,400"}
    clip = clips.make_clip(tmp_path / "ride.mp4", pixel_format="yuv420p10le", options=options, frames=3)
    assert probe(clip).colours.mastering == told

    _, target = run(clip)

    assert probe(target).colours == probe(clip).colours
    assert probe(target).colours.light_level == (1000, 400)


def test_the_bit_rate_is_kept_on_request(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=50, options={"crf": "40"})

    freely, kept = (
        run(clip, settings=VideoSettings(encoder=EncoderSettings(keep_bit_rate=keep)))[1].stat().st_size
        for keep in (False, True)
    )

    assert kept < freely


@pytest.mark.parametrize("encoder", [Encoder.AV1, Encoder.VP9])
def test_other_encoders_write_it_as_well(tmp_path, run, encoder):
    clip = clips.make_clip(tmp_path / "ride.mp4", frames=3)

    _, target = run(clip, settings=VideoSettings(encoder=EncoderSettings(encoder)))

    assert max(red(frame) for frame in clips.frames_of(target)) == 0


@pytest.mark.parametrize(
    ("encoder", "kind", "sound"),
    [
        (Encoder.X264, VideoKind.QUICKTIME, "pcm_s16le"),
        (Encoder.AV1, VideoKind.MP4, "aac"),
        (Encoder.VP9, VideoKind.MP4, "aac"),
    ],
)
def test_a_quicktime_file_becomes_mp4_where_it_could_not_hold_the_pictures(tmp_path, run, encoder, kind, sound):
    clip = clips.make_clip(tmp_path / "ride.mov", frames=3, audio="pcm_s16le")

    _, target = run(clip, settings=VideoSettings(encoder=EncoderSettings(encoder)))

    assert kind_of_file(target) is kind
    assert probe(target).audio.codec == sound
    assert max(red(frame) for frame in clips.frames_of(target)) == 0


def test_what_the_customer_wants_left_alone_is_left_alone(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", matrix=clips.ROTATE_90, frames=3)

    _, target = run(clip, ignore_zones=(Zone(0, 0, 96, 160),))

    assert min(red(frame) for frame in clips.frames_of(target)) > 100


def test_the_same_video_gives_the_same_bytes_on_one_thread(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mp4", audio="aac")
    settings = VideoSettings(encoder=EncoderSettings(threads=1))

    first = run(clip, settings=settings)[1].read_bytes()

    assert run(clip, settings=settings)[1].read_bytes() == first


def test_progress_grows_to_one(tmp_path, run):
    told = []

    run(clips.make_clip(tmp_path / "ride.mp4"), report=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_progress_of_drawing_again_begins_at_nought(tmp_path, run, scenes):
    clip, told = clips.make_clip(tmp_path / "ride.mp4"), []
    made, target = run(clip)

    how = {"settings": VideoSettings(), "report": told.append, "changes": Changes()}
    render_video(clip, target, made.findings, scenes.recipe(), [scenes.finder()], **how)

    assert told == sorted(told)
    assert told[0] < 0.1
    assert told[-1] == 1.0


def test_what_the_watcher_raises_ends_the_work(tmp_path, run):
    def stop(fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(clips.make_clip(tmp_path / "ride.mp4"), report=stop)


def test_without_a_method_nothing_is_written(tmp_path, run):
    made, target = run(clips.make_clip(tmp_path / "ride.mp4"), method=None)

    assert not target.exists()
    assert made.report["verdict"] == "nothing hidden"
    assert len(made.findings.video.tracks) == 1


def test_a_damaged_frame_fails_or_is_black(tmp_path, run):
    clip = clips.make_clip(tmp_path / "ride.mkv", frames=24, container="matroska", options={"g": "6", "bf": "0"})
    content = bytearray(clip.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 60] = bytes(60)
    clip.write_bytes(content)

    with pytest.raises(DefectiveVideoError):
        run(clip)
    made, target = run(clip, settings=VideoSettings(conceal=True))

    assert made.report["broken_frames"] >= 1
    assert min(frame.max() for frame in clips.frames_of(target)) < 20


@pytest.mark.parametrize(("name", "index_first"), [("ride.mkv", False), ("ride.mp4", True)])
def test_a_file_without_its_end_fails_or_the_result_says_so(tmp_path, run, name, index_first):
    clip = clips.make_clip(tmp_path / name, frames=50, options={"g": "5", "bf": "0"}, index_first=index_first)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 95 // 100])

    with pytest.raises(DefectiveVideoError, match="too early"):
        run(clip)
    made, target = run(clip, settings=VideoSettings(conceal=True))

    assert "the end of the file is missing" in made.remarks
    assert len(clips.frames_of(target)) >= 40


def test_what_the_finished_file_shows_is_hidden_over_its_whole_track(tmp_path, run, monkeypatch):
    clip = clips.make_clip(tmp_path / "ride.mp4")
    first = iter([True])
    check = finished_video.exposed_in

    def suspicious(source, shown, places, recipe, detectors, **which):
        return places if next(first, False) else check(source, shown, places, recipe, detectors, **which)

    monkeypatch.setattr("veil_vision.pipelines.video_output.exposed_in", suspicious)
    made, _ = run(clip)

    assert made.report["gate"] == {"rounds": 2, "added": 1}


def test_a_video_that_cannot_be_made_safe_does_not_leave(tmp_path, run, monkeypatch):
    monkeypatch.setattr(
        "veil_vision.pipelines.video_output.exposed_in", lambda source, shown, places, *rest, **which: places
    )

    with pytest.raises(VerificationError, match="still shows"):
        run(clips.make_clip(tmp_path / "ride.mp4", frames=3))


def test_what_is_no_video_fails(tmp_path, run):
    file = tmp_path / "ride.mp4"
    file.write_bytes(b"no video")

    with pytest.raises(VideoError):
        run(file)
