"""Pictures of exact values become a file that gives them back bit for bit: FFV1 (RFC 9043) in Matroska."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

_CONTAINER_OPTIONS = {"fflags": "+bitexact"}
# Version 3, whose slices carry checksums and can be decoded side by side. A slice holds some pixels at least.
_OPTIONS = {"level": "3", "slicecrc": "1"}
_SLICES, _SLICED_FROM = "4", 64
# FFmpeg slices larger pictures whatever it is told, in rows and columns, and refuses what cannot be halved.
_WIDEST_WHOLE, _HIGHEST_WHOLE = 352, 288
_WITHOUT_SLICES = {"level": "1"}


class LosslessWriter:
    """Writes one file of uint8 pictures: all (h, w), which are grey, or all (h, w, 3), which are RGB.

    To be used in a `with` block; a file that was left by an exception is not complete.
    """

    def __init__(self, target: Path, *, rate: Fraction, time_base: Fraction) -> None:
        """Open the file.

        Args:
            target: Its suffix does not matter.
            rate: Frames per second, on average.
            time_base: Unit of the times, in seconds. Matroska keeps them to the millisecond.
        """
        self._time_base = time_base
        self._output = av.open(str(target), "w", format="matroska", container_options=_CONTAINER_OPTIONS)
        self._pictures: VideoStream = self._output.add_stream("ffv1", rate=rate)
        self._pictures.codec_context.time_base = time_base
        self._is_open = False

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, unless an exception is on its way, and close the file."""
        try:
            if error is None:
                self._output.mux(self._pictures.encode(None))
        finally:
            self._output.close()

    def write(self, pixels: NDArray[np.uint8], time: int) -> None:
        """Write a picture at a time in units of the time base."""
        is_grey = pixels.ndim == 2  # noqa: PLR2004 (grey has 2 axes)
        stream = self._pictures
        if not self._is_open:
            self._is_open = True
            stream.height, stream.width = pixels.shape[:2]
            stream.pix_fmt = "gray" if is_grey else "bgr0"
            stream.codec_context.options = _options(*pixels.shape[:2])
        frame = av.VideoFrame.from_ndarray(pixels, format="gray" if is_grey else "rgb24")
        frame = frame.reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = time, self._time_base
        self._output.mux(stream.encode(frame))


def _options(height: int, width: int) -> dict[str, str]:
    is_small = width <= _WIDEST_WHOLE and height <= _HIGHEST_WHOLE
    if not is_small and width == 1:
        return _WITHOUT_SLICES
    is_whole = height == 1 or (is_small and min(height, width) < _SLICED_FROM)
    return {**_OPTIONS, "slices": "1" if is_whole else _SLICES}
