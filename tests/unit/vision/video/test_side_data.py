"""What rides on frames and tells of more than their pixels is read, or named where a result cannot have it."""

from struct import pack

import av
from av.sidedata.sidedata import Type as SideDataType

from tests import clips
from veil_vision.pipelines.video import anonymize_video
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.video.probe import probe
from veil_vision.video.side_data import is_one_of_several_views, lost_of

# As libavutil numbers it; no coder at hand makes such frames.
VIEW_ID = 29


def test_a_frame_of_a_spatial_video_is_one_of_several_views():
    assert is_one_of_several_views({SideDataType(VIEW_ID): bytes(4)})


def test_other_side_data_tell_of_no_other_views():
    assert not is_one_of_several_views({SideDataType.STEREO3D: bytes(36), SideDataType(VIEW_ID + 2): b""})


def test_dolby_vision_is_named_once():
    # Phones write it, no coder at hand does.
    told = {SideDataType.DOVI_RPU_BUFFER: b"", SideDataType.DOVI_METADATA: b"", SideDataType.CONTENT_LIGHT_LEVEL: b""}

    assert lost_of(told) == ["Dolby Vision metadata"]


def test_the_projection_of_a_panorama_is_named(tmp_path):
    clip = clips.make_clip(tmp_path / "a.mp4", frames=2)
    # Google's Spherical Video V1, the box that most cameras and editors write, behind the rest of the track.
    sphere = (
        b'<rdf:SphericalVideo xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">'
        b"<GSpherical:Spherical>true</GSpherical:Spherical><GSpherical:Stitched>true</GSpherical:Stitched>"
        b"<GSpherical:StitchingSoftware>any</GSpherical:StitchingSoftware>"
        b"<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>"
    )
    box = pack(">I4s", 24 + len(sphere), b"uuid") + bytes.fromhex("ffcc8263f8554a938814587a02521fdd") + sphere
    clip.write_bytes(longer(longer(clip.read_bytes(), b"trak", box), b"moov", box, is_there=True))

    assert probe(clip).dropped == ("360 degree projection",)


def longer(content, kind, box, *, is_there=False):
    """Put a box at the end of the first of a kind, or count it there."""
    start = content.index(kind) - 4
    size = int.from_bytes(content[start : start + 4])
    inside, behind = content[start + 4 : start + size], content[start + size :]
    return content[:start] + pack(">I", size + len(box)) + inside + (b"" if is_there else box) + behind


def test_hdr_that_changes_with_the_picture_is_named_and_not_in_the_result(tmp_path, scenes):
    options = {"x265-params": "log-level=none:bframes=0"}
    clip = clips.make_clip(tmp_path / "a.mkv", codec="libx265", pixel_format="yuv420p10le", frames=3, options=options)
    # SMPTE ST 2094-40 for one window, in a registered SEI message (ITU-T H.265, D.2.6) before each picture.
    told = bytes.fromhex("b5003c00010401") + b"\x40" + bytes(14)
    message = bytes([39 << 1, 1, 4, len(told)]) + told + b"\x80"
    with av.open(str(clip)) as source, av.open(str(tmp_path / "hdr.mkv"), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in [each for each in source.demux(video=0) if each.size]:
            escaped = message.replace(b"\0\0\0", b"\0\0\3\0")
            marked = av.Packet(pack(">I", len(escaped)) + escaped + bytes(packet))
            marked.pts = marked.dts = packet.pts
            marked.time_base, marked.is_keyframe, marked.stream = packet.time_base, packet.is_keyframe, stream
            out.mux(marked)

    how = {"settings": VideoSettings(), "report": lambda fraction: None}
    made = anonymize_video(tmp_path / "hdr.mkv", tmp_path / "out", scenes.recipe(), [scenes.finder()], **how)

    assert made.remarks == ("HDR10+ metadata dropped",)
    assert probe(tmp_path / "out").dropped == ()
