"""What frames become before they are painted keeps apart what lies under a region and what lies beside it."""

import av
import numpy as np
import pytest

from tests import clips
from veil_vision.video.encoders import EncoderSettings, plan_for
from veil_vision.video.facts import Colours
from veil_vision.video.frames import arrays_of, planes_of, writable, written_format
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames

SIDE = 64
# Borders of blocks in every kind of subsampling, and the planes of what is not planar at all.
INNER = slice(16, 48)
PACKED = {"rgb24": 3, "bgra": 4, "yuyv422": 2}
AS_THEY_ARE = Colours()


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    clip = clips.make_clip(tmp_path_factory.mktemp("clip") / "a.mp4", frames=1)
    return plan_for(EncoderSettings(), probe(clip)).pixel_formats


def noise(pixel_format, seed):
    """A frame whose samples are those of every other such frame outside the inner square."""
    frame, beside, inside = av.VideoFrame(SIDE, SIDE, pixel_format), *map(np.random.default_rng, (0, seed))
    for plane in frame.planes:
        bytes_a_line = SIDE * PACKED[pixel_format] if pixel_format in PACKED else plane.width
        samples = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, :bytes_a_line]
        samples[...] = beside.integers(0, 256, samples.shape, np.uint8)
        down, across = SIDE // plane.height, SIDE / bytes_a_line
        inner = samples[INNER.start // down : INNER.stop // down, int(INNER.start / across) : int(INNER.stop / across)]
        inner[...] = inside.integers(0, 256, inner.shape, np.uint8)
    return frame


def assert_they_differ_within(one, other):
    """Planes of two pictures that differ in `INNER` alone differ there, and nowhere else."""
    for plane, another in zip(one, other, strict=True):
        down, across = SIDE // plane.shape[0], SIDE // plane.shape[1]
        differs = plane != another
        assert differs.any()
        differs[INNER.start // down : INNER.stop // down, INNER.start // across : INNER.stop // across] = False
        assert not differs.any()


@pytest.mark.parametrize(
    "pixel_format", ["rgb24", "bgra", "gbrp", "yuyv422", "yuv440p", "yuv411p", "yuv410p", "yuv422p"]
)
def test_no_sample_is_made_of_what_lies_in_another_block(pixel_format, accepted):
    written = written_format(pixel_format, accepted)
    one, other = (arrays_of(writable(noise(pixel_format, seed), written, (SIDE, SIDE), AS_THEY_ARE)) for seed in (1, 2))

    assert_they_differ_within(one, other)


@pytest.mark.parametrize("colours", [Colours(full_range=True), Colours(matrix=1), Colours(matrix=9, full_range=True)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p", "rgb24"])
def test_no_sample_of_other_colours_is_made_of_what_lies_in_another_block(pixel_format, colours, accepted):
    written = written_format(pixel_format, accepted)
    pictures = [noise(pixel_format, seed) for seed in (1, 2)]
    for picture in pictures:
        picture.colorspace = 0 if pixel_format == "rgb24" else 6

    one, other = (arrays_of(writable(picture, written, (SIDE, SIDE), colours)) for picture in pictures)

    assert_they_differ_within(one, other)


@pytest.mark.parametrize(
    ("pixel_format", "block"), [("yuv411p", (4, 1)), ("yuv410p", (4, 4)), ("yuv420p", (2, 2)), ("rgb24", (2, 2))]
)
def test_a_block_is_as_large_as_what_shared_a_colour_in_the_source(pixel_format, block, accepted, tmp_path):
    facts = probe(clips.make_clip(tmp_path / "a.mp4", frames=1))
    picture = noise(pixel_format, 1)
    copy = writable(picture, written_format(pixel_format, accepted), (SIDE, SIDE), facts.colours)

    assert planes_of(copy, picture, facts).block == block


def test_frames_that_become_interlaced_in_mid_stream_have_colour_rows_of_their_own(tmp_path):
    parts = [
        clips.make_clip(tmp_path / f"{interlaced}.ts", container="mpegts", frames=2, interlaced=interlaced)
        for interlaced in (False, True)
    ]
    (tmp_path / "a.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    facts = probe(tmp_path / "a.ts")

    pictures = [frame.picture for frame in read_frames(tmp_path / "a.ts")]
    planes = [planes_of(writable(each, "yuv420p", clips.SIZE, facts.colours), each, facts) for each in pictures]

    assert [each.block for each in planes] == [(2, 2), (2, 2), (2, 4), (2, 4)]
