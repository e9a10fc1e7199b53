"""Files are told apart, read whole and in the order of time, or refused; nothing but the file itself is opened."""

import re
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from tests import clips
from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError, VideoError, VideoTooLargeError
from veil_vision.video import reader
from veil_vision.video.facts import VideoLimits
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.mp4", "libx264", None),
        ("a.mov", "libx264", None),
        ("a.mkv", "libx264", "matroska"),
        ("a.avi", "mpeg4", None),
        ("a.ts", "libx264", "mpegts"),
        ("a.webm", "libvpx-vp9", None),
        ("a.3gp", "libx264", None),
        ("a.mkv", "libsvtav1", "matroska"),
        ("a.mov", "prores_ks", None),
        ("a.avi", "mjpeg", None),
        ("a.mpg", "mpeg2video", "mpeg"),
    ],
)
def test_every_kind_of_video_is_read_with_all_its_frames(tmp_path, name, codec, container, monkeypatch):
    monkeypatch.setenv("SVT_LOG", "0")
    formats = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}
    clip = clips.make_clip(
        tmp_path / name, codec=codec, container=container, pixel_format=formats.get(codec, "yuv420p")
    )

    assert (probe(clip).width, probe(clip).height) == clips.SIZE
    assert [frame.number for frame in read_frames(clip)] == list(range(clips.FRAMES))


def test_a_result_stays_what_its_source_is_where_players_know_that(tmp_path):
    kinds = {"a.mp4": "mp4", "a.mov": "mov", "a.mkv": "matroska", "a.3gp": "mp4"}

    assert {name: probe(clips.make_clip(tmp_path / name, frames=2)).container for name in kinds} == kinds


def test_what_a_file_is_decides_its_content_not_its_name(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mkv", container="mp4", frames=2)

    assert probe(clip).container == "mp4"


def test_times_of_a_variable_frame_rate_are_kept(tmp_path):
    times = [0, 10, 50, 51, 400, 410]
    clip = clips.make_clip(tmp_path / "a.mp4", frames=6, times=times)

    base = probe(clip).time_base
    assert [round(frame.time * base * 1000) for frame in read_frames(clip)] == times


def test_a_file_that_begins_late_begins_at_nought(tmp_path):
    clip = clips.make_clip(tmp_path / "a.ts", container="mpegts")

    assert probe(clip).start > 0
    assert next(read_frames(clip)).time == 0


def test_a_clock_that_begins_anew_soon_after_the_start_goes_on(tmp_path):
    # The clock of transport streams has 33 bits and 90,000 ticks a second; what writes them adds 1.4 seconds.
    start = (1 << 33) // 90 - 1400 - 200
    clip = clips.make_clip(
        tmp_path / "a.ts", container="mpegts", times=[start + 40 * number for number in range(clips.FRAMES)]
    )

    times = [frame.time for frame in read_frames(clip)]

    assert times == pytest.approx([3600 * number for number in range(clips.FRAMES)], abs=90)


def test_frames_of_an_avi_file_come_at_its_rate_in_whatever_order_they_are_coded(tmp_path):
    clip = clips.make_clip(tmp_path / "a.avi", options={"bf": "2", "g": "10"})

    assert [frame.time for frame in read_frames(clip)] == list(range(clips.FRAMES))


def test_the_display_matrix_tells_how_frames_are_shown(tmp_path):
    facts = probe(clips.make_clip(tmp_path / "a.mp4", matrix=clips.ROTATE_90))

    assert facts.orientation == 6
    assert facts.shown == (96, 160)


def test_a_frame_with_side_data_that_pyav_has_no_name_for_is_read(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    jpeg = BytesIO()
    Image.fromarray(clips.picture(0)).save(jpeg, "JPEG", exif=exif)
    with av.open(str(tmp_path / "a.avi"), "w") as out:
        stream = out.add_stream("mjpeg", rate=clips.RATE)
        stream.width, stream.height = clips.SIZE
        stream.pix_fmt = "yuvj420p"
        packet = av.Packet(jpeg.getvalue())
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, clips.RATE)
        out.mux(packet)

    assert probe(tmp_path / "a.avi").orientation == 6


def test_pixels_that_are_not_square_are_told(tmp_path):
    facts = probe(clips.make_clip(tmp_path / "a.mp4", pixel_aspect=Fraction(4, 3)))

    assert facts.shown == (213, 96)


def test_what_takes_no_part_is_named(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", audio="aac", subtitle=True)

    facts = probe(clip)
    assert facts.dropped == ("subtitle stream",)
    assert facts.audio.codec == "aac"


def test_a_track_that_is_turned_off_gives_way_to_one_that_is_on(tmp_path):
    clip = tmp_path / "a.mp4"
    with av.open(str(clip), "w") as out:
        tracks = [(out.add_stream("libx264", rate=clips.RATE), level) for level in (0, 255)]
        for stream, _ in tracks:
            stream.width, stream.height = clips.SIZE
        out.start_encoding()
        for stream, level in tracks:
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), level, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    # Bit 0 of a track's flags says that it is on (ISO/IEC 14496-12, 8.3.2).
    first, second = [found.end() for found in re.finditer(rb"tkhd", clip.read_bytes())]
    content = bytearray(clip.read_bytes())
    content[first + 3], content[second + 3] = 2, 3
    clip.write_bytes(content)

    assert [frame.picture.to_ndarray(format="gray").mean() > 128 for frame in read_frames(clip)] == [True]


def test_audio_of_an_unknown_codec_is_dropped(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mkv", audio="aac", container="matroska")
    clip.write_bytes(clip.read_bytes().replace(b"A_AAC", b"A_XYZ"))

    facts = probe(clip)
    assert facts.audio is None
    assert facts.dropped == ("audio stream",)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Files of several kinds, by suffix."""
    folder = tmp_path_factory.mktemp("whole")
    kinds = {"mp4": "libx264", "mkv": "libx264", "ts": "libx264", "avi": "mpeg4", "webm": "libvpx-vp9"}
    return {
        kind: clips.make_clip(folder / f"a.{kind}", codec=codec, frames=4, audio="libopus" if kind == "webm" else "aac")
        for kind, codec in kinds.items()
    }


@given(st.sampled_from(["mp4", "mkv", "ts", "avi", "webm"]), st.data())
def test_a_damaged_file_is_read_or_refused(whole, kind, data):
    content = bytearray(whole[kind].read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=12)):
        content[position] = data.draw(st.integers(0, 255))
    damaged = whole[kind].with_stem("damaged")
    damaged.write_bytes(content)

    try:
        facts, frames = probe(damaged), [*read_frames(damaged, conceal=True)]
    except VideoError:
        return

    assert {(frame.picture.width, frame.picture.height) for frame in frames} == {(facts.width, facts.height)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\xff\xd8\xff\xe0" + bytes(500),
        b"\0\0\0\x20ftypisom" + bytes(500),
        bytes([0x47]) + bytes(187) + bytes([0x47]) + b"#EXTM3U\nhttp://127.0.0.1:9/secret\n",
    ],
    ids=["nothing", "text", "playlist", "concat", "picture", "empty MP4", "disguised playlist"],
)
def test_what_is_no_video_is_refused(tmp_path, content):
    for name in ("a.mp4", "a.ts"):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises((UnsupportedVideoError, DefectiveVideoError)):
            probe(file)


def test_a_name_that_looks_like_a_protocol_is_a_name(tmp_path):
    clip = clips.make_clip(tmp_path / "concat:a|b.mp4", container="mp4", frames=2)

    assert probe(clip).codec == "h264"


def test_a_damaged_frame_fails_the_video_or_is_marked(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mkv", frames=24, container="matroska", options={"g": "6", "bf": "0"})
    content = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    start, size = packets[6]
    content[start + size // 3 : start + size] = bytes(size - size // 3)
    clip.write_bytes(content)

    with pytest.raises(DefectiveVideoError, match="damaged"):
        list(read_frames(clip))
    marked = [frame for frame in read_frames(clip, conceal=True) if frame.is_broken]
    assert 1 <= len(marked) < 24


def test_what_is_lost_at_the_end_becomes_one_frame_that_is_told(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mkv", frames=12, container="matroska", options={"bf": "0"})
    content = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for start, size in packets[-3:]:
        # Behind the head of its block, which says how long it is.
        content[start + 12 : start + size] = b"\xff" * (size - 12)
    clip.write_bytes(content)

    with pytest.raises(DefectiveVideoError, match="last frame is damaged"):
        list(read_frames(clip))
    frames = list(read_frames(clip, conceal=True))
    assert [frame.is_broken for frame in frames] == [False] * 9 + [True]
    assert frames[-1].time >= frames[-2].time + 1


def test_a_video_without_its_index_fails(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", frames=100)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])

    with pytest.raises(DefectiveVideoError, match="incomplete"):
        probe(clip)


def test_a_video_of_which_the_end_is_missing_fails(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mov", frames=100, options={"g": "10"}, index_first=True)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])

    with pytest.raises(DefectiveVideoError):
        list(read_frames(clip))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_a_video_whose_index_names_what_is_missing_fails_however_little_it_is(tmp_path, name):
    clip = clips.make_clip(tmp_path / name, frames=100, options={"g": "1"}, index_first=True)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 98 // 100])

    with pytest.raises(DefectiveVideoError, match="too early"):
        list(read_frames(clip))


def test_a_short_video_of_which_most_is_missing_fails(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", frames=25, options={"g": "1"}, index_first=True)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 3])

    with pytest.raises(DefectiveVideoError, match="too early"):
        list(read_frames(clip))


@pytest.mark.parametrize("audio", [None, "aac"])
def test_a_stream_that_ends_before_its_announced_length_fails(tmp_path, audio):
    clip = clips.make_clip(tmp_path / "a.mkv", frames=100, container="matroska", audio=audio)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 2 // 3])

    with pytest.raises(DefectiveVideoError, match=r"too early|damaged"):
        list(read_frames(clip))


def test_a_file_whose_times_begin_hours_later_misses_nothing(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mkv", frames=5, times=[36_000_000 + 40 * number for number in range(5)])

    assert len(list(read_frames(clip))) == 5


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("b.mp4", "libvpx-vp9"), ("b.webm", "libvpx-vp9")]
)
def test_a_last_frame_that_is_held_long_is_no_missing_end(tmp_path, name, codec):
    clip = clips.make_clip(tmp_path / name, codec=codec, frames=3, times=[0, 5000, 10000], held=5000)

    assert len(list(read_frames(clip))) == 3


def test_what_is_too_large_is_refused_before_it_is_decoded(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", frames=2)

    with pytest.raises(VideoTooLargeError, match="bytes"):
        probe(clip, VideoLimits(max_bytes=100))
    with pytest.raises(VideoTooLargeError, match="160x96"):
        probe(clip, VideoLimits(max_pixels=100))


def test_pixels_so_wide_that_a_frame_is_shown_too_large_are_refused(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", frames=2, pixel_aspect=Fraction(4, 3))
    shape = b"pasp" + (60000).to_bytes(4, "big") + (1).to_bytes(4, "big")
    clip.write_bytes(re.sub(rb"pasp.{8}", shape, clip.read_bytes(), flags=re.DOTALL))

    with pytest.raises(VideoTooLargeError, match="9600000x96"):
        probe(clip)


def test_one_frame_is_a_video(tmp_path):
    assert len(list(read_frames(clips.make_clip(tmp_path / "a.mp4", frames=1)))) == 1


def test_a_frame_larger_than_any_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    parts = [clips.make_clip(tmp_path / f"{side}.ts", container="mpegts", size=(side, side)) for side in (96, 320)]
    (tmp_path / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    monkeypatch.setattr(reader, "MOST_CODED_PIXELS", 200 * 200)

    with pytest.raises(DefectiveVideoError):
        list(read_frames(tmp_path / "a.ts"))
    concealed = list(read_frames(tmp_path / "a.ts", conceal=True))

    assert {(frame.picture.width, frame.picture.height) for frame in concealed} == {(96, 96)}
