"""Decoded frames as planes to paint into, and as the pixels that detectors see."""

from collections.abc import Collection

import av
import numpy as np
from numpy.typing import NDArray

from veil_vision.image.orientation import upright
from veil_vision.image.samples import samples
from veil_vision.video.facts import VideoFacts
from veil_vision.video.orientation import turned
from veil_vision.video.planes import LIMITED_BLACK, NO_COLOUR, Plane, Planes

# Samples of more bits become samples of ten: no encoder of a wheel takes twelve.
_DEEP = 10


def written_format(source: str, accepted: Collection[str]) -> str:
    """Return the planar pixel format in which a source is painted and encoded: its own where the encoder takes it.

    Depth and colour resolution stay where they can. Screen recordings in RGB become 4:2:0, which every player shows;
    transparency is dropped.
    """
    described = av.VideoFormat(source, 16, 16)
    depth = max(each.bits for each in described.components)
    suffix = f"{_DEEP}le" if depth > 8 else ""  # noqa: PLR2004 (bits)
    if len(described.components) <= 2 and not described.is_rgb and not described.has_palette:  # noqa: PLR2004 (and alpha)
        wishes = [f"gray{suffix}", f"yuv420p{suffix}"]
    elif described.is_rgb or described.has_palette:
        wishes = [f"yuv420p{suffix}"]
    else:
        wishes = [f"yuv{_subsampling(described)}p{suffix}", f"yuv420p{suffix}"]
    return next((each for each in [*wishes, "yuv420p"] if each in accepted), "yuv420p")


def writable(picture: av.VideoFrame, pixel_format: str, size: tuple[int, int]) -> av.VideoFrame:
    """Return a copy of a decoded frame without its side data, in the given format and size.

    Captions, timecodes and other side data stay behind. A size that is larger by a column or row repeats the last one.
    A sample is made of those of its own block alone, or what is hidden there would colour what lies beside it.
    """
    planar = picture if _is_layout_of(picture.format.name, pixel_format) else _converted(picture, pixel_format)
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


def _converted(picture: av.VideoFrame, pixel_format: str) -> av.VideoFrame:
    had, wanted = (_pixels_a_colour(av.VideoFormat(name, 16, 16)) for name in (picture.format.name, pixel_format))
    if had[0] > wanted[0] or had[1] > wanted[1]:
        depth = "10le" if pixel_format.endswith("10le") else ""
        picture = picture.reformat(format=f"yuv444p{depth}", interpolation="POINT")
    return picture.reformat(format=pixel_format, interpolation="AREA")


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
