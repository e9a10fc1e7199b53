"""Side data of decoded frames, in FFmpeg's structures, and what of it says how bright and in which colours they are."""

import struct
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import cast

import av
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType

from veil_vision.video.facts import Colours

# AVMasteringDisplayMetadata: ten rationals and two flags; AVContentLightMetadata: two numbers.
_MASTERING = struct.Struct("=20i2i")
_LIGHT = struct.Struct("=2I")
_MPEG_RANGE_JPEG = 2
# ITU-T H.273, 8.3: colours as they are, and no word of them. RGB becomes YUV by BT.601 then, and a file must say so.
_TELL_NO_MATRIX, _OF_RGB = frozenset({0, 2}), 6
# AV_FRAME_DATA_VIEW_ID (libavutil/frame.h), for which PyAV has no name.
_UNNAMED = "UNNAMED_{}"
_VIEW = _UNNAMED.format(29)


def _unnamed(enum: type[SideDataType], value: int) -> SideDataType:
    """Return a member for a number that PyAV has no name for."""
    member = object.__new__(enum)
    member._name_ = _UNNAMED.format(value)
    return member


# PyAV refuses to show any side data of a frame where FFmpeg knows a newer kind than PyAV does: EXIF of Motion JPEG, the
# views of spatial videos.
SideDataType._missing_ = classmethod(_unnamed)  # type: ignore[assignment]  # the hook of Enum for unknown values


def side_data_of(frame: av.VideoFrame) -> dict[SideDataType, bytes]:
    """Return the side data of a frame, by its type."""
    # Its iterator gives the entries themselves, against what its stubs say.
    return {each.type: bytes(each) for each in cast(Iterable[SideData], frame.side_data)}


# What a result cannot carry, in words: nothing writes it.
_LOST: Mapping[SideDataType, str] = {
    SideDataType.DOVI_METADATA: "Dolby Vision metadata",
    SideDataType.DOVI_RPU_BUFFER: "Dolby Vision metadata",
    SideDataType.DYNAMIC_HDR_PLUS: "HDR10+ metadata",
    SideDataType.DYNAMIC_HDR_VIVID: "HDR Vivid metadata",
    SideDataType.SPHERICAL: "360 degree projection",
    SideDataType.STEREO3D: "stereo 3D layout",
    SideDataType.ICC_PROFILE: "colour profile",
}


def lost_of(side_data: Mapping[SideDataType, bytes]) -> list[str]:
    """Return what of a frame's side data players would use and a result does not have, in words."""
    return sorted({words for kind, words in _LOST.items() if kind in side_data})


def is_one_of_several_views(side_data: Mapping[SideDataType, bytes]) -> bool:
    """Tell whether a frame is one of several views of the same moment, as in spatial videos (multi-view HEVC)."""
    return any(each.name == _VIEW for each in side_data)


def is_full_range(frame: av.VideoFrame) -> bool:
    """Tell whether 0 is black in a frame's samples; otherwise 16 of 255 is."""
    return frame.color_range == _MPEG_RANGE_JPEG or frame.format.name.startswith("yuvj")


def colours_of(first: av.VideoFrame, side_data: dict[SideDataType, bytes]) -> Colours:
    """Return what the samples of a video mean, as its first frame tells."""
    mastering, light = (
        side_data.get(each, b"") for each in (SideDataType.MASTERING_DISPLAY_METADATA, SideDataType.CONTENT_LIGHT_LEVEL)
    )
    is_rgb = first.format.is_rgb or first.format.has_palette
    return Colours(
        primaries=first.color_primaries,
        transfer=first.color_trc,
        matrix=_OF_RGB if is_rgb and first.colorspace in _TELL_NO_MATRIX else first.colorspace,
        full_range=is_full_range(first),
        mastering=_mastering(mastering) if len(mastering) == _MASTERING.size else None,
        light_level=_LIGHT.unpack(light[: _LIGHT.size]) if len(light) >= _LIGHT.size else None,
    )


def _mastering(data: bytes) -> str | None:
    """Return AVMasteringDisplayMetadata in the words of x264: G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min)."""
    *numbers, has_primaries, has_luminance = _MASTERING.unpack(data)
    if not (has_primaries and has_luminance):
        return None
    values = [Fraction(num, den or 1) for num, den in zip(numbers[::2], numbers[1::2], strict=True)]
    red, green, blue, white = ([round(each * 50_000) for each in values[at : at + 2]] for at in (0, 2, 4, 6))
    least, most = (round(each * 10_000) for each in values[8:10])
    pairs = zip("GBR", (green, blue, red), strict=True)
    told = "".join(f"{name}({x},{y})" for name, (x, y) in pairs)
    return f"{told}WP({white[0]},{white[1]})L({most},{least})"
