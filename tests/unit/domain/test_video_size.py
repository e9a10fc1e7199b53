"""What containers announce of a video, compared with what lies in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import clips
from veil.domain.image_size import HEADER_LENGTH
from veil.domain.video_size import announced_video_pixels, read_index

WIDTH, HEIGHT = clips.SIZE


def told(content):
    head = content[:HEADER_LENGTH]
    return announced_video_pixels(head, read_index(len(content), lambda place, length: content[place : place + length]))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ride.mp4", {}),
        ("first.mp4", {"index_first": True}),
        ("sound.mov", {"audio": "aac"}),
        ("ride.mkv", {"container": "matroska"}),
        ("ride.webm", {"codec": "libvpx-vp9"}),
        ("ride.avi", {"codec": "mpeg4"}),
    ],
)
def test_the_pixels_of_all_frames_are_told(tmp_path, name, options):
    clip = clips.make_clip(tmp_path / name, frames=50, **options)

    assert told(clip.read_bytes()) == pytest.approx(50 * WIDTH * HEIGHT, rel=0.05)


def test_an_index_behind_pictures_that_are_larger_than_the_head_is_found(tmp_path):
    content = clips.make_clip(tmp_path / "ride.mp4", frames=8).read_bytes()
    place = content.index(b"mdat") - 4
    length = int.from_bytes(content[place : place + 4])
    more = 3 * HEADER_LENGTH
    stretched = (
        content[:place]
        + (1).to_bytes(4) + b"mdat" + (length + 8 + more).to_bytes(8)
        + content[place + 8 : place + length] + bytes(more)
        + content[place + length :]
    )  # fmt: skip

    assert told(stretched) == 8 * WIDTH * HEIGHT


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x20ftypisom" + bytes(300), b"G" + bytes(187) + b"G" + bytes(187)])
def test_what_tells_nothing_is_unknown(content):
    assert told(content) is None


@given(
    st.sampled_from(
        [b"", b"\x1a\x45\xdf\xa3", b"RIFF", b"\0\0\0\x08moov", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff"]
    ),
    st.binary(max_size=400),
)
def test_nothing_that_is_uploaded_stops_whoever_looks(begin, rest):
    pixels = told(begin + rest)

    assert pixels is None or 0 < pixels < 1 << 63


@given(st.data())
def test_a_damaged_file_stops_nobody_either(whole, data):
    content = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))

    told(bytes(content[: data.draw(st.integers(0, len(content)))]))


@pytest.fixture(scope="module", params=["ride.mp4", "ride.mkv"])
def whole(request, tmp_path_factory):
    return clips.make_clip(tmp_path_factory.mktemp("whole") / request.param, frames=2).read_bytes()
