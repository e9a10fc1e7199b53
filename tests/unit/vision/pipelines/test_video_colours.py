"""A video's colours look as they did, whatever their numbers mean and where that changes."""

import av
import numpy as np
import pytest

from tests import clips
from veil_vision.video.probe import probe

SIDE = 64


def plain(name, path, pixel_format="yuv420p", **colours):
    """A second of a plain orange, in other numbers than those of another file where its colours say so."""
    with av.open(str(path / name), "w", format="mpegts") as out:
        stream = out.add_stream("libx264", rate=clips.RATE, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, pixel_format
        for what, value in colours.items():
            setattr(stream.codec_context, what, value)
        orange = np.full((SIDE, SIDE, 3), (250, 130, 10), np.uint8)
        for _ in range(2 * clips.RATE):
            frame = av.VideoFrame.from_ndarray(orange, format="rgb24")
            meaning = {"dst_color_range": colours.get("color_range", 1), "dst_colorspace": colours.get("colorspace", 5)}
            out.mux(stream.encode(frame.reformat(format=pixel_format, **meaning)))
        out.mux(stream.encode(None))
    return (path / name).read_bytes()


# The other way round, from full range on, FFmpeg's decoder goes on to call frames full.
FULL = [{"color_range": 2}, {"pixel_format": "yuvj420p", "color_range": 2}]


@pytest.mark.parametrize(
    ("first", "then"),
    [*(({}, each) for each in FULL), ({}, {"colorspace": 1}), ({}, {"colorspace": 9}), ({"colorspace": 1}, {})],
)
def test_a_colour_stays_what_it_is_where_its_numbers_change_in_mid_stream(tmp_path, run, first, then):
    parts = [plain(f"{number}.ts", tmp_path, **{"colorspace": 5} | each) for number, each in enumerate((first, then))]
    (tmp_path / "joined.ts").write_bytes(b"".join(parts))

    _, target = run(tmp_path / "joined.ts")

    shown = [frame.mean(axis=(0, 1)) for frame in clips.frames_of(target)]
    assert len(shown) == 4 * clips.RATE
    assert np.abs(np.array(shown) - (250, 130, 10)).max() < 5


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"), [("a.mp4", "libx264rgb", "rgb24"), ("a.mkv", "ffv1", "bgra")]
)
def test_rgb_becomes_yuv_of_which_the_file_says_how_it_was_made(tmp_path, run, name, codec, pixel_format):
    clip = clips.make_clip(tmp_path / name, codec=codec, pixel_format=pixel_format, frames=3)

    _, target = run(clip)

    # BT.601, as ITU-T H.273 counts it: what stands for RGB, and for nothing, is no way to make YUV.
    assert probe(target).colours.matrix == 6
    before, after = (np.array(clips.frames_of(each), int)[:, 72:] for each in (clip, target))
    assert np.abs(before - after).mean() < 4
