"""A frame is turned into pixels in the size in which somebody looks at it, as a viewer would see it."""

import cv2
import numpy as np
import pytest

from tests import clips
from veil_vision.video.frames import as_shown
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames
from veil_vision.video.shown_frame import ShownFrame


@pytest.fixture(params=[{}, {"matrix": clips.ROTATE_90}, {"pixel_aspect": 2}], ids=["upright", "turned", "wide pixels"])
def first(request, tmp_path):
    """The first frame of a clip and what its video is."""
    path = clips.make_clip(tmp_path / "ride.mp4", frames=1, **request.param)
    return next(iter(read_frames(path))).picture, probe(path)


def test_a_small_picture_is_the_shown_one_made_small(first):
    picture, facts = first
    width, height = facts.shown

    small = ShownFrame(picture, facts).shrunk(width // 4, height // 4)

    expected = cv2.resize(as_shown(picture, facts), (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(float) - expected).mean() < 2


def test_all_pixels_are_those_of_the_shown_frame_and_made_once(first):
    shown = ShownFrame(*first)

    np.testing.assert_array_equal(shown.pixels, as_shown(*first))
    assert shown.pixels is shown.pixels


def test_nothing_small_is_made_once_the_decoders_frame_was_let_go(first):
    shown = ShownFrame(*first)
    assert shown.pixels is not None

    with pytest.raises(ValueError, match="let go"):
        shown.shrunk(4, 4)
