"""What a video is, told by its container and its first frame."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Disposition
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError, VideoTooLargeError
from veil_vision.video.extent import Extent, extent_of
from veil_vision.video.facts import Audio, VideoFacts, VideoLimits
from veil_vision.video.frame_decoder import decoded_or_lost
from veil_vision.video.kinds import VideoKind, kind_of_file
from veil_vision.video.orientation import read_matrix
from veil_vision.video.packets import packets_of, time_base_of
from veil_vision.video.reach import names_missing_frames
from veil_vision.video.reader import (
    audio_of,
    head_tells,
    opened,
    pictures_of,
    seconds_of,
    start_of,
)
from veil_vision.video.sample_tables import require_few_samples
from veil_vision.video.side_data import colours_of, is_one_of_several_views, lost_of, side_data_of

_FIELD_ORDERS = {2: "tt", 3: "bb", 4: "tt", 5: "bb"}


def probe(path: Path, limits: VideoLimits | None = None) -> VideoFacts:
    """Return what a video is; its first frame is decoded for that.

    Raises:
        VideoTooLargeError: File or frames exceed the limits, or the file tells of too many samples.
        UnsupportedVideoError: It is no video of a kind that Veil reads.
        DefectiveVideoError: It has no frame that can be decoded.
    """
    used = limits or VideoLimits()
    if path.stat().st_size > used.max_bytes:
        raise VideoTooLargeError(f"the file is larger than {used.max_bytes} bytes")
    kind = kind_of_file(path)
    if kind is None:
        raise UnsupportedVideoError("the file is no video that Veil reads")
    if told := head_tells(path):
        require_few_samples(path)
    with opened(path, first_frames=not told) as container:
        stream = pictures_of(container)
        _require_size((stream.width, stream.height), used)
        # Threads would decode the frames behind the first as well.
        stream.thread_type = "NONE"
        first = next((frame for packet in packets_of(container, stream) for frame in decoded_or_lost(packet)[0]), None)
        if first is None:
            raise DefectiveVideoError("the video has no frame that can be decoded")
        facts = _facts(path, kind, container, stream, first)
    # Where pixels are not square, a frame is shown larger than it is stored, by as much as the file likes.
    _require_size(facts.shown, used)
    return facts


def _require_size(size: tuple[int, int], limits: VideoLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise VideoTooLargeError(f"frames of {width}x{height} are larger than {limits.max_pixels}")


def _facts(
    path: Path, kind: VideoKind, container: InputContainer, stream: VideoStream, first: av.VideoFrame
) -> VideoFacts:
    side_data = side_data_of(first)
    matrix = side_data.get(SideDataType.DISPLAYMATRIX)
    context = stream.codec_context
    return VideoFacts(
        container=kind.container,
        codec=context.name,
        width=first.width,
        height=first.height,
        pixel_format=first.format.name,
        matrix=read_matrix(matrix) if matrix else None,
        pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
        time_base=time_base_of(stream),
        start=start_of(container, stream),
        rate=stream.average_rate or stream.guessed_rate or Fraction(25),
        frames=stream.frames,
        seconds=seconds_of(stream, container),
        bit_rate=context.bit_rate or 0,
        field_order=_FIELD_ORDERS.get(context.field_order, "tt") if first.interlaced_frame else "",
        colours=colours_of(first, side_data),
        audio=_audio(container),
        dropped=_dropped(container, stream, side_data),
        lacks_end=extent_of(path) is Extent.CUT_OFF or names_missing_frames(container, stream),
        streams=tuple(each.type for each in container.streams),
        tags=_tags(container),
    )


def _audio(container: InputContainer) -> Audio | None:
    stream = audio_of(container)
    if stream is None:
        return None
    context = stream.codec_context
    # Some files tell how many channels there are and not which.
    layout = {1: "mono", 2: "stereo"}.get(context.layout.nb_channels, context.layout.name)
    return Audio(context.name, context.sample_rate, "stereo" if layout.endswith("channels") else layout)


def _dropped(container: InputContainer, used: VideoStream, side_data: Mapping[SideDataType, bytes]) -> tuple[str, ...]:
    """Return what of the file takes no part in a result, in words."""
    others = [each for each in container.streams if each not in (used, audio_of(container))]
    kinds = ["cover art" if each.disposition & Disposition.attached_pic else f"{each.type} stream" for each in others]
    chapters = ["chapters"] if container.chapters() else []
    views = ["further views"] if is_one_of_several_views(side_data) else []
    return (*sorted(set(kinds)), *chapters, *views, *lost_of(side_data))


def _tags(container: InputContainer) -> tuple[tuple[str, str], ...]:
    owners = [container.metadata, *(stream.metadata for stream in container.streams)]
    owners += [chapter["metadata"] for chapter in container.chapters()]
    return tuple(tag for tags in owners for tag in tags.items())
