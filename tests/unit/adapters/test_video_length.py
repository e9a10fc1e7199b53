"""A video lasts as long as its pictures are shown, whatever its file says of it."""

import pytest

from tests.clips import RATE, make_clip
from veil.adapters.video_length import MOST_FRAMES_A_SECOND, VideoLengths
from veil.domain.errors import AnonymizationError

FRAMES = 30


def say_that_it_lasts_one_unit(clip):
    """Rewrite the length of an MP4 and of its streams (ISO/IEC 14496-12, 8.2.2 and 8.4.2)."""
    content = clip.read_bytes()
    for box in (b"mvhd", b"mdhd"):
        place = content.index(box) + len(box) + 16
        content = content[:place] + (1).to_bytes(4, "big") + content[place + 4 :]
    clip.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "audio"), [("ride.mp4", "aac"), ("ride.mkv", "aac"), ("ride.ts", None)], ids=["MP4", "Matroska", "MPEG"]
)
def test_pictures_are_measured_with_and_without_sound(tmp_path, name, audio):
    clip = make_clip(tmp_path / name, frames=FRAMES, audio=audio, seconds_of_audio=5 if audio else None)

    assert VideoLengths().seconds(clip) == pytest.approx(FRAMES / RATE)


def test_a_length_that_the_head_makes_up_is_not_believed(tmp_path):
    clip = make_clip(tmp_path / "ride.mp4", frames=FRAMES)
    say_that_it_lasts_one_unit(clip)

    assert VideoLengths().seconds(clip) == pytest.approx(FRAMES / RATE)


def test_time_stamps_put_closer_together_do_not_make_a_long_video_short(tmp_path):
    clip = make_clip(tmp_path / "ride.mp4", frames=FRAMES, times=range(FRAMES))

    assert VideoLengths().seconds(clip) == pytest.approx(FRAMES / MOST_FRAMES_A_SECOND)


def test_what_is_no_video_is_not_measured(tmp_path):
    (tmp_path / "ride.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom")

    with pytest.raises(AnonymizationError, match="cannot be read"):
        VideoLengths().seconds(tmp_path / "ride.mp4")
