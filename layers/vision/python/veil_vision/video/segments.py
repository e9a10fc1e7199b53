"""Parts of a video that can be decoded by themselves, so that several can be looked at at once, or one again."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from veil_vision.errors import SegmentError
from veil_vision.video.frame_decoder import DecodedFrame, FrameDecoder
from veil_vision.video.packets import Packet, packets_of
from veil_vision.video.reach import Reach
from veil_vision.video.reader import (
    decoded_pictures_of,
    head_tells,
    opened,
    pictures_of,
    read_frames,
    start_of,
)


@dataclass(frozen=True, slots=True)
class VideoSegment:
    """Frames from one keyframe to another. None of them needs a frame of another segment to be decoded.

    Attributes:
        number: From 0.
        first: Number of its first frame.
        start: Time stamp of its keyframe; None for the first packet of the file.
        end: Time stamp of the next segment's keyframe; None for the end of the file.
        times: When each of its frames is shown, as `DecodedFrame` has it; None where only decoding tells.
    """

    number: int
    first: int
    start: int | None
    end: int | None
    times: tuple[int, ...] | None


# Demuxers of files with an index, in which a keyframe is found where it is said to be.
_INDEXED = frozenset({"mov", "matroska"})

WHOLE = VideoSegment(0, 0, None, None, None)
"""A video in one piece."""


class ShownPacket(NamedTuple):
    """What a packet tells of its frame: when it is shown, and whether decoding may begin with it."""

    pts: int
    is_key: bool


def segments_of(path: Path, seconds: float) -> tuple[VideoSegment, ...]:
    """Return the segments of a video that `probe` has admitted, of at least this length but for the last.

    They are told from the packets alone, in the order of the file. What cannot be told apart is one segment.
    """
    with opened(path, first_frames=False) as container:
        stream = pictures_of(container)
        packets = _shown(container, stream) if _INDEXED & {*container.format.name.split(",")} else None
        if packets is None or not stream.time_base:
            return (WHOLE,)
        return split(packets, start_of(container, stream), round(Fraction(seconds) / stream.time_base))


def split(packets: Sequence[ShownPacket], begin: int, length: int) -> tuple[VideoSegment, ...]:
    """Return the segments of packets that are in the order of the file, each `length` long at least but the last.

    A segment begins with a keyframe before which everything is shown that precedes it in the file, and after which
    everything that follows it.

    Args:
        packets: Of frames that are shown.
        begin: The time stamp at which the file begins.
        length: In units of time stamps.
    """
    shown = sorted(packet.pts for packet in packets)
    times = [pts - begin for pts in shown]
    if not times or times[0] < 0 or any(before == after for before, after in pairwise(times)):
        return (WHOLE,)
    bounds: list[int | None] = [None]
    latest = shown[0]
    for start in _clean_starts(packets):
        if start - latest >= length:
            bounds.append(start)
            latest = start
    firsts = [0 if bound is None else bisect_left(shown, bound) for bound in bounds]
    ends = [*firsts[1:], len(shown)]
    return tuple(
        VideoSegment(number, first, bound, following, tuple(times[first:end]))
        for number, (first, end, (bound, following)) in enumerate(
            zip(firsts, ends, pairwise([*bounds, None]), strict=True)
        )
    )


def read_segment(path: Path, segment: VideoSegment, *, conceal: bool = False) -> Iterator[DecodedFrame]:
    """Yield the frames of a segment, as `read` would.

    Raises:
        SegmentError: They are others than the file's packets announce.
        DefectiveVideoError: See `read`.
        UnsupportedVideoError: See `read`.
    """
    if segment.times is None:
        yield from read_frames(path, conceal=conceal)
        return
    times = iter(segment.times)
    with opened(path, first_frames=not head_tells(path)) as container:
        stream = decoded_pictures_of(path, container, conceal=conceal)
        frames = FrameDecoder(stream, start_of(container, stream), conceal=conceal, number=segment.first)
        reach = Reach(path, container, stream)
        if not conceal:
            reach.require_uncut()
        for packet in reach.of(_packets_of(container, stream, segment, *(() if segment.end else reach.others))):
            for frame in frames.of(packet) if packet.stream is stream else ():
                if next(times, None) != frame.time:
                    raise SegmentError(f"frame {frame.number} is shown at another time than its packet says")
                yield frame
        if segment.end is None and not conceal:
            frames.require_end_of(reach)
    if next(times, None) is not None:
        raise SegmentError(f"segment {segment.number} has fewer frames than packets")


def _shown(container: InputContainer, stream: VideoStream) -> list[ShownPacket] | None:
    """Return the packets of frames that are shown; None where one does not say when."""
    packets = []
    for packet in packets_of(container, stream):
        if packet.pts is None and packet.size:
            return None
        if packet.pts is not None and not packet.is_discard:
            packets.append(ShownPacket(packet.pts, packet.is_keyframe))
    return packets


def _clean_starts(packets: Sequence[ShownPacket]) -> Iterator[int]:
    """Yield the time stamps of the keyframes that divide the file and the order of showing alike."""
    stamps = [packet.pts for packet in packets]
    latest_before = accumulate(stamps, max)
    earliest_after = list(accumulate(reversed(stamps), min))[-2::-1]
    for packet, before, earliest in zip(packets[1:], latest_before, earliest_after, strict=False):
        if packet.is_key and before < packet.pts == earliest:
            yield packet.pts


def _packets_of(
    container: InputContainer, stream: VideoStream, segment: VideoSegment, *others: Stream
) -> Iterator[Packet]:
    """Yield the packets of a segment and of others, and an empty one, for which the decoder gives what it holds."""
    if segment.start is not None:
        container.seek(segment.start, stream=stream)
    reached = segment.start is None
    for packet in packets_of(container, stream, *others):
        if packet.stream is not stream:
            yield packet
            continue
        if packet.is_keyframe and packet.pts is not None and packet.pts == segment.end:
            break
        reached = reached or (packet.is_keyframe and packet.pts == segment.start)
        if reached and packet.size:
            yield packet
    last = Packet()
    last.stream = stream
    yield last
