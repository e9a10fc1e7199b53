"""Frames of one stream, decoded from its packets, with their numbers and times, and whether they are damaged."""

from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.error import FFmpegError
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError
from veil_vision.video.damage import AwaitedFrames
from veil_vision.video.packets import Packet, time_base_of
from veil_vision.video.reach import Reach

# Of what is said to be shown longer it is not known how long.
MOST_SECONDS_HELD = 3600


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """A frame in the order of time.

    Attributes:
        number: From 0.
        time: In units of the video's time base, from the beginning of the file.
        lasts: How long it is shown if it is the last one, in the same units; 0 where the file does not tell.
        picture: As the decoder made it: not to be painted into.
        is_broken: Whether the decoder had to guess parts of it.
    """

    number: int
    time: int
    lasts: int
    picture: av.VideoFrame
    is_broken: bool


class FrameDecoder:
    """Decodes packets of one stream in their order, and counts what comes of them.

    Attributes:
        number: Of the next frame.
        latest: When the last frame is shown.
        end: Until when a frame is shown.
        lost: Packets since then of which nothing came.
    """

    def __init__(self, stream: VideoStream, start: int, *, conceal: bool, number: int = 0) -> None:
        self.number, self.latest, self.end, self.lost = number, -1, 0, 0
        self._start, self._conceal = start, conceal
        self._shape: tuple[int, int] | None = None
        self._most_held = MOST_SECONDS_HELD / time_base_of(stream)
        # AVI tells when frames are decoded and not when they are shown; what FFmpeg guesses of H.264 is wrong.
        self._counts_decoded = stream.container.format.name == "avi"
        self._first_decoded: int | None = None
        self._delay: int | None = None
        self._last: av.VideoFrame | None = None
        self._awaited = AwaitedFrames(stream)
        self._lost_from, self._lost_until = 0, 0

    def of(self, packet: Packet) -> Iterator[DecodedFrame]:
        """Yield the frames that a packet completes."""
        if self._first_decoded is None:
            self._first_decoded = packet.dts
        self._awaited.expect(packet)
        frames, damaged = decoded_or_lost(packet)
        if damaged:
            self._note_loss(packet.pts, packet.duration or 0)
        for frame in frames:
            self._awaited.arrive(frame)
            self._shape = self._shape or (frame.width, frame.height)
            if (frame.width, frame.height) != self._shape:
                raise UnsupportedVideoError("frames change their size in mid-stream")
            is_broken = frame.is_corrupt or self.lost > 0
            if is_broken and not self._conceal:
                raise DefectiveVideoError(f"frame {self.number} is damaged")
            next_time, stamp = self.latest + 1, self._stamp_of(frame)
            self.latest = max(next_time, stamp - self._start if stamp is not None else next_time)
            # Where frames are coded in another order than shown, files tell of a frame how long its neighbour is shown.
            lasts = frame.duration or 0
            self.end = max(self.end, self.latest + (lasts if lasts <= self._most_held else 0))
            yield DecodedFrame(self.number, self.latest, self.end - self.latest, frame, is_broken)
            self.number, self.lost, self._last = self.number + 1, 0, frame
        if not packet.size:
            for stamp in self._awaited.stamps:
                self._note_loss(stamp, 0)

    def concealed_end(self) -> Iterator[DecodedFrame]:
        """Yield a broken frame in place of those that were lost after the last one, so that they are counted."""
        if self._conceal and self.lost and self._last is not None:
            time = max(self.latest + 1, self._lost_from)
            yield DecodedFrame(self.number, time, max(self._lost_until - time, 0), self._last, is_broken=True)
            self.number += 1

    def require_end_of(self, reach: Reach) -> None:
        """Refuse a video that was decoded to its end and lacks it.

        Raises:
            DefectiveVideoError: The last frame is damaged, or more frames are announced.
        """
        if self.lost:
            reach.require_indexed()
            raise DefectiveVideoError("the last frame is damaged")
        reach.require_whole(self.number, self.end)

    def _note_loss(self, stamp: int | None, lasts: int) -> None:
        at = self.end if stamp is None else stamp - self._start
        if not self.lost:
            self._lost_from, self._lost_until = at, at
        self._lost_from = min(self._lost_from, at)
        self._lost_until = max(self._lost_until, at + lasts)
        self.lost += 1

    def _stamp_of(self, frame: av.VideoFrame) -> int | None:
        if not self._counts_decoded or frame.dts is None:
            return None if self._counts_decoded else frame.pts
        if self._delay is None:
            self._delay = frame.dts - (self._first_decoded or 0)
        return frame.dts - self._delay


def decoded_or_lost(packet: Packet) -> tuple[list[av.VideoFrame], int]:
    """Return the frames that a packet completes, and 1 where it could not be decoded."""
    try:
        return [each for each in packet.decode() if isinstance(each, av.VideoFrame)], 0
    except FFmpegError:
        return [], 1
