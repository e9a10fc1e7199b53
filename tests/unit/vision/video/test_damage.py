"""Damage is told where a codec lets it be told, and what players show well is not taken for damage."""

from fractions import Fraction
from io import BytesIO

import av
import pytest
from PIL import Image

from tests import clips
from veil_vision.errors import DefectiveVideoError
from veil_vision.video.reader import read_frames

# With a checksum of every picture, as the standard's SEI message has it; keyframes at 0, 6, 12.
HEVC = {"x265-params": "log-level=none:keyint=6:min-keyint=6:bframes=2:hash=1:pools=none:frame-threads=1"}
FRAMES = 18


def hevc(path, **how):
    return clips.make_clip(path, codec="libx265", frames=FRAMES, options=HEVC, **how)


def packets_of(path):
    """Where the packets of the pictures lie in a file, and what they hold."""
    content = path.read_bytes()
    with av.open(str(path)) as container:
        held = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return [(content.index(each), each) for each in held]


def damage(path, number, at=0.5):
    """Change a byte of a packet."""
    content, (start, held) = bytearray(path.read_bytes()), packets_of(path)[number]
    content[start + int(at * len(held))] ^= 0xFF
    path.write_bytes(content)


def jpeg(number, **how):
    file = BytesIO()
    Image.fromarray(clips.picture(number)).save(file, "JPEG", **how)
    return file.getvalue()


def motion_jpeg(path, pictures):
    """Write JPEGs as the pictures of a video."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=clips.RATE)
        stream.width, stream.height = clips.SIZE
        stream.pix_fmt = "yuvj420p"
        for number, each in enumerate(pictures):
            packet = av.Packet(each)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, clips.RATE)
            packet.is_keyframe = True
            out.mux(packet)
    return path


@pytest.mark.parametrize("number", [3, 8, 15, 16, 17])
def test_a_damaged_picture_of_hevc_fails_the_video_or_is_marked(tmp_path, number):
    clip = hevc(tmp_path / "a.mkv")
    damage(clip, number)

    with pytest.raises(DefectiveVideoError, match="damaged"):
        list(read_frames(clip))
    frames = list(read_frames(clip, conceal=True))
    assert 1 <= sum(frame.is_broken for frame in frames) <= 3
    assert len(frames) >= FRAMES - 1


@pytest.mark.parametrize("options", [{}, {"pixel_format": "yuv422p10le"}, {"size": (162, 98)}, {"hidden": 3}])
@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts"])
def test_whole_files_of_hevc_are_read_to_their_end(tmp_path, name, options):
    clip = hevc(tmp_path / name, **options)

    shown = FRAMES - (options.get("hidden", 0) if name == "a.mp4" else 0)
    assert [frame.is_broken for frame in read_frames(clip, conceal=True)] == [False] * shown
    assert len(list(read_frames(clip))) == shown


@pytest.mark.parametrize("container", ["matroska", "mpegts"])
def test_hevc_that_begins_between_keyframes_begins_with_the_first_of_them(tmp_path, container):
    clip, later = hevc(tmp_path / "a.mkv"), tmp_path / "later"
    with av.open(str(clip)) as source, av.open(str(later), "w", format=container) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in [each for each in source.demux(video=0) if each.size][3:]:
            packet.stream = stream
            out.mux(packet)

    assert len(list(read_frames(later))) == FRAMES - 6


def test_recordings_of_hevc_that_were_joined_between_keyframes_are_read(tmp_path):
    whole = hevc(tmp_path / "a.ts", container="mpegts").read_bytes()
    with av.open(str(tmp_path / "a.ts")) as container:
        third = [packet.pos for packet in container.demux(video=0) if packet.size][3]
    (tmp_path / "joined.ts").write_bytes(whole + whole[third - third % 188 :])

    assert len(list(read_frames(tmp_path / "joined.ts"))) >= 2 * FRAMES - 6


def test_a_frame_of_motion_jpeg_that_is_cut_off_fails_the_video_or_is_marked(tmp_path):
    pictures = [jpeg(number) for number in range(6)]
    pictures[3] = pictures[3][: len(pictures[3]) * 3 // 4]
    clip = motion_jpeg(tmp_path / "a.avi", pictures)

    with pytest.raises(DefectiveVideoError, match="damaged"):
        list(read_frames(clip))
    assert [frame.is_broken for frame in read_frames(clip, conceal=True)] == [False, False, False, True, False]


ODD = {
    "without an end": lambda picture: picture[:-2],
    "always cut short": lambda picture: picture[:-10],
    "padded": lambda picture: picture + bytes(100),
    "followed by something": lambda picture: picture + b"\xff\xfejunk" * 9,
    "with a broken marker": lambda picture: picture[:2] + b"\xff\xe1\0\x05abc" + picture[2:],
}


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"quality": 5}])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["a.avi", "a.mov"])
def test_motion_jpeg_of_odd_cameras_is_read(tmp_path, name, odd, how):
    clip = motion_jpeg(tmp_path / name, [ODD[odd](jpeg(number, **how)) for number in range(6)])

    assert [frame.is_broken for frame in read_frames(clip, conceal=True)] == [False] * 6
    assert len(list(read_frames(clip))) == 6


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_frames_that_decoders_hold_when_the_last_packet_is_damaged_are_missed(tmp_path, name):
    clip = clips.make_clip(tmp_path / name, frames=FRAMES, options={"bf": "2"})
    content, (start, held) = bytearray(clip.read_bytes()), packets_of(clip)[-1]
    content[start + 4 : start + len(held)] = b"\xff" * (len(held) - 4)
    clip.write_bytes(content)

    with pytest.raises(DefectiveVideoError, match="the last frame is damaged"):
        list(read_frames(clip))
    assert [frame.is_broken for frame in read_frames(clip, conceal=True)].count(True) == 1
