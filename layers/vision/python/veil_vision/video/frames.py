"""Decoded frames as planes to paint into, and as the pixels that detectors see."""

from collections.abc import Collection, Mapping
from typing import TypedDict

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from veil_vision.image.orientation import upright
from veil_vision.image.samples import samples
from veil_vision.video.facts import Colours, VideoFacts
from veil_vision.video.orientation import turned
from veil_vision.video.planes import LIMITED_BLACK, NO_COLOUR, Plane, Planes
from veil_vision.video.side_data import is_full_range

# Samples of more bits become samples of ten: no encoder of a wheel takes twelve.
_DEEP = 10
# How colours become numbers, by their number in ITU-T H.273 (8.3), as swscale names them.
_MATRICES: Mapping[int, Colorspace] = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
}


class _Meaning(TypedDict, total=False):
    """What numbers mean before a conversion and after it."""

    src_color_range: ColorRange
    dst_colorspace: Colorspace
    dst_color_range: ColorRange


def written_format(source: str, accepted: Collection[str]) -> str:
    """Return the planar pixel format in which a source is painted and encoded: its own where the encoder takes it.

    Depth and colour resolution stay where they can. Screen recordings in RGB become 4:2:0, which every player shows;
    transparency is dropped.
    """
    described = av.VideoFormat(source, 16, 16)
    depth = max(each.bits for each in described.components)
    suffix = f"{_DEEP}le" if depth > 8 else ""  # noqa: PLR2004 (bits)
    if len(described.components) <= 2 and not _is_rgb(described):  # noqa: PLR2004 (and alpha)
        wishes = [f"gray{suffix}", f"yuv420p{suffix}"]
    elif _is_rgb(described):
        wishes = [f"yuv420p{suffix}"]
    else:
        wishes = [f"yuv{_subsampling(described)}p{suffix}", f"yuv420p{suffix}"]
    return next((each for each in [*wishes, "yuv420p"] if each in accepted), "yuv420p")


def writable(picture: av.VideoFrame, pixel_format: str, size: tuple[int, int], colours: Colours) -> av.VideoFrame:
    """Return a copy of a decoded frame without its side data, in the given format and size.

    Its samples mean what the video's do at its beginning; in recordings that were joined they may not from the start.
    Captions, timecodes and other side data stay behind. A size that is larger by a column or row repeats the last one.
    A sample is made of those of its own block alone, or what is hidden there would colour what lies beside it.
    """
    meaning = _other_meaning(picture, colours)
    is_planar = not meaning and _is_layout_of(picture.format.name, pixel_format)
    planar = picture if is_planar else _converted(picture, pixel_format, meaning)
    copy = av.VideoFrame(*size, pixel_format)
    for plane, source in zip(arrays_of(copy), arrays_of(planar), strict=True):
        rows, columns = source.shape
        plane[:rows, :columns] = source
        plane[rows:, :columns] = source[-1]
        plane[:, columns:] = plane[:, columns - 1 : columns]
    return copy


def planes_of(frame: av.VideoFrame, picture: av.VideoFrame, facts: VideoFacts) -> Planes:
    """Return the planes of a decoded picture's copy, as views: what is painted into them is in the frame."""
    described = av.VideoFormat(frame.format.name, 16, 16)
    grey = len(described.components) == 1
    return Planes(
        tuple(arrays_of(frame)),
        depth=described.components[0].bits,
        subsampling=(1, 1) if grey else _pixels_a_colour(described),
        full_range=facts.colours.full_range,
        # Recordings may change between the two.
        interlaced=bool(facts.field_order) or picture.interlaced_frame,
        source_subsampling=_pixels_a_colour(av.VideoFormat(picture.format.name, 16, 16)),
    )


def blacken(planes: Planes) -> None:
    """Make a frame black, in place."""
    unit = 1 << (planes.depth - 8)
    for index, plane in enumerate(planes.arrays):
        plane[...] = NO_COLOUR * unit if index else (0 if planes.full_range else LIMITED_BLACK * unit)


def as_shown(picture: av.VideoFrame, facts: VideoFacts) -> NDArray[np.uint8]:
    """Return what a viewer sees: uint8 RGB (h, w, 3), upright, pixels square."""
    width, height = turned(facts.shown, facts.orientation)
    # Threads of its own cost as much as shrinking does.
    rgb = picture.reformat(width=width, height=height, format="rgb24", interpolation="AREA", threads=1).to_ndarray()
    return np.asarray(upright(samples(rgb), facts.orientation), dtype=np.uint8)


def arrays_of(frame: av.VideoFrame) -> list[Plane]:
    """Return a planar frame's planes as views (rows, columns), without the padding of their lines."""
    return [_view(frame, index) for index in range(len(frame.planes))]


def _view(frame: av.VideoFrame, index: int) -> Plane:
    plane, deep = frame.planes[index], frame.format.components[0].bits > 8  # noqa: PLR2004 (bits)
    kind = np.dtype("<u2") if deep else np.dtype(np.uint8)
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, abs(plane.line_size))[: plane.height]
    return np.asarray(lines.view(kind)[:, : plane.width])


def _other_meaning(picture: av.VideoFrame, colours: Colours) -> _Meaning:
    """Return what a frame's numbers have to be converted to; nothing where they mean the same as the video's."""
    described, matrix = av.VideoFormat(picture.format.name, 16, 16), _MATRICES.get(colours.matrix)
    if len(described.components) == 1 and not described.has_palette:
        return {}
    is_same_matrix = matrix is None or _MATRICES.get(picture.colorspace, matrix) is matrix
    is_full = is_full_range(picture)
    if is_same_matrix and is_full == colours.full_range and not _is_rgb(described):
        return {}
    # Files often tell none where they mean the usual one.
    meaning: _Meaning = {"src_color_range": _range(is_full), "dst_color_range": _range(colours.full_range)}
    if matrix is not None:
        meaning["dst_colorspace"] = matrix
    return meaning


def _converted(picture: av.VideoFrame, pixel_format: str, meaning: _Meaning) -> av.VideoFrame:
    had, wanted = (_pixels_a_colour(av.VideoFormat(name, 16, 16)) for name in (picture.format.name, pixel_format))
    if meaning or had[0] > wanted[0] or had[1] > wanted[1]:
        depth = "10le" if pixel_format.endswith("10le") else ""
        picture = picture.reformat(format=f"yuv444p{depth}", interpolation="POINT", **meaning)
    return picture.reformat(format=pixel_format, interpolation="AREA")


def _range(is_full: bool) -> ColorRange:
    return ColorRange.JPEG if is_full else ColorRange.MPEG


def _is_rgb(described: av.VideoFormat) -> bool:
    return described.is_rgb or described.has_palette


def _pixels_a_colour(described: av.VideoFormat) -> tuple[int, int]:
    """Return how many pixels share a colour sample, across and down, of a format described for 16 by 16 pixels."""
    return 16 // (described.chroma_width() or 16), 16 // (described.chroma_height() or 16)


def _subsampling(described: av.VideoFormat) -> str:
    across, down = _pixels_a_colour(described)
    if down > 1:
        return "420"
    return "444" if across == 1 else "422"


def _is_layout_of(name: str, planar: str) -> bool:
    """Tell whether frames of a format are laid out as those of a planar one: yuvj says no more than full range."""
    return name.replace("yuvj", "yuv") == planar
