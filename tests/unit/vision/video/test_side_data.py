from av.sidedata.sidedata import Type as SideDataType

from veil_vision.video.side_data import is_one_of_several_views

# As libavutil numbers it; no coder at hand makes such frames.
VIEW_ID = 29


def test_a_frame_of_a_spatial_video_is_one_of_several_views():
    assert is_one_of_several_views({SideDataType(VIEW_ID): bytes(4)})


def test_other_side_data_tell_of_no_other_views():
    assert not is_one_of_several_views({SideDataType.STEREO3D: bytes(36), SideDataType(VIEW_ID + 2): b""})
