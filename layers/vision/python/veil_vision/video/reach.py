"""How far a file goes, and whether that is as far as it says."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError
from veil_vision.video.extent import Extent, extent_of
from veil_vision.video.packets import Packet, time_base_of

# A file that shows less than this of what it announces was cut off. Of a short file the seconds spare no half.
LEAST_SHARE_SHOWN, SPARE_SECONDS, LEAST_OF_SHORT_FILES = 0.9, 1.0, 0.5
# Frames are stored in another order than they are shown in: one of the last entries names the farthest byte.
LAST_INDEXED = 100


def names_missing_frames(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a file's index names frames behind its end: one that lies before them tells where the last is."""
    return any(entry.pos + entry.size > container.size for entry in stream.index_entries[-LAST_INDEXED:])


class Reach:
    """How far a file goes, beside how far it says that it does.

    Some tell the length of the pictures, others only that of all they hold, to which sound alone may reach.

    Attributes:
        others: Streams whose packets are wanted besides the pictures'.
    """

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream) -> None:
        self._container, self._stream, self._latest = container, stream, Fraction(0)
        self._extent = extent_of(path)
        self._of_pictures = None if stream.duration is None else stream.duration * time_base_of(stream)
        self._of_all = Fraction(container.duration or 0, av.time_base)
        if self._extent is Extent.OPEN and container.format.name == "avi":
            # Written before anybody knew it.
            self._of_pictures, self._of_all = None, Fraction(0)
        others = () if self._of_pictures is not None else container.streams
        self.others: tuple[Stream, ...] = tuple(each for each in others if each is not stream)

    def of(self, packets: Iterable[Packet]) -> Iterator[Packet]:
        """Yield packets, and take note of how far they go."""
        for packet in packets:
            begins = packet.dts if packet.pts is None else packet.pts
            if begins is not None:
                self._latest = max(self._latest, (begins + (packet.duration or 0)) * packet.time_base)
            yield packet

    def require_uncut(self) -> None:
        """Refuse, before anything is decoded, what its own sizes say was cut off.

        Raises:
            DefectiveVideoError: It was.
        """
        if self._extent is Extent.CUT_OFF:
            raise DefectiveVideoError("the video ends too early: the file is shorter than it says")

    def require_whole(self, frames: int, end: int) -> None:
        """Refuse what ends before its time, given how many frames there were and until when the last is shown.

        Raises:
            DefectiveVideoError: More is announced.
        """
        if 0 < self._stream.frames <= frames:
            # How long the last of them is shown, not every file tells where it is decoded.
            return
        self.require_indexed()
        if self._of_pictures is not None:
            reached, announced = end * time_base_of(self._stream), self._of_pictures
        else:
            # Some files count it from their beginning, others from nought.
            reached, announced = self._latest, self._of_all
        if reached < max(LEAST_SHARE_SHOWN * announced - SPARE_SECONDS, LEAST_OF_SHORT_FILES * announced):
            raise DefectiveVideoError(f"the video ends too early: it announces {float(announced):.1f} seconds")

    def require_indexed(self) -> None:
        """Refuse what lacks frames that its index names.

        Raises:
            DefectiveVideoError: It lacks some.
        """
        if names_missing_frames(self._container, self._stream):
            raise DefectiveVideoError("the video ends too early: its index names frames behind the end of the file")
