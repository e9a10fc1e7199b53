"""Frames of a video that are decoded only once somebody asks for one of them."""

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

from veil_vision.errors import DefectiveVideoError, SegmentError
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.segments import WHOLE, VideoSegment, read_segment, segments_of

# Of what is decoded up to a frame: cameras begin anew about once a second, and to open a file again costs some frames.
LEAST_SECONDS = 0.5


class FramesOnDemand:
    """The chosen frames of a video that `probe` has admitted, for threads that ask for them about in their order.

    What is decoded begins with the last keyframe before a frame, or little earlier, and ends with it.
    """

    def __init__(self, path: Path, chosen: Collection[int], *, conceal: bool, at_once: int) -> None:
        """Take what may be asked for.

        Args:
            path: Of the video.
            chosen: Numbers of these frames.
            conceal: See `read`.
            at_once: Of the chosen frames so many in sequence are asked for at once at most.
        """
        self._path, self._chosen, self._conceal = path, frozenset(chosen), conceal
        self._lock, self._passed = Lock(), deque[DecodedFrame](maxlen=at_once)
        self._part: VideoSegment | None = None
        self._next, self._reading = 0, iter(tuple[DecodedFrame, ...]())

    def at(self, number: int) -> DecodedFrame:
        """Return the chosen frame of a number.

        Raises:
            DefectiveVideoError: See `read`.
            UnsupportedVideoError: See `read`.
        """
        with self._lock:
            passed = next((frame for frame in self._passed if frame.number == number), None)
            if passed is not None:
                return passed
            try:
                return self._read_to(number, _holding(self._parts, number))
            except SegmentError:
                self._parts = (WHOLE,)
                return self._read_to(number, WHOLE)

    @cached_property
    def _parts(self) -> Sequence[VideoSegment]:
        return segments_of(self._path, LEAST_SECONDS)

    def _read_to(self, number: int, part: VideoSegment) -> DecodedFrame:
        if part is not self._part or number < self._next:
            self._part, self._reading = part, self._frames_of(part)
        for frame in self._reading:
            self._next = frame.number + 1
            if frame.number in self._chosen:
                self._passed.append(frame)
            if frame.number == number:
                return frame
        raise DefectiveVideoError(f"the video has no frame {number}")

    def _frames_of(self, part: VideoSegment) -> Iterator[DecodedFrame]:
        return read_segment(self._path, part, conceal=self._conceal)


def _holding(parts: Sequence[VideoSegment], number: int) -> VideoSegment:
    return parts[bisect_right(parts, number, key=lambda part: part.first) - 1]
