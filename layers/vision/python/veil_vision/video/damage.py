"""Damage that decoders pass over unless they are asked, and frames that they lose at the end without a word."""

from collections.abc import Mapping

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from veil_vision.video.packets import Packet, counts_anew, packets_of

# Of these FFmpeg reports hardly any damage by itself. Others report it, or have nothing by which to tell; asked more,
# they refuse what is whole (decision 0023).
_STRICT: Mapping[str, Mapping[str, str]] = {
    "hevc": {"err_detect": "crccheck+explode"},
    "mjpeg": {"err_detect": "explode"},
}
# In these each packet is one picture that is shown, in the containers whose packets are whole frames.
_ONE_EACH = frozenset({"h264", "hevc", "mjpeg", "av1", "libdav1d"})
_WHOLE_FRAMES = frozenset({"mov", "matroska"})


def can_be_strict(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a stream's decoder tells more of damage when it is asked, and of nothing else.

    Recordings in MPEG streams may be joined in the middle of a group of pictures, whose rest players pass over.
    """
    return stream.codec_context.name in _STRICT and not counts_anew(container)


def be_strict(stream: VideoStream) -> None:
    """Have the decoder of a stream, before it decodes anything, raise an error for damage that it would pass over."""
    context = stream.codec_context
    context.options = {**context.options, **_STRICT[context.name]}


def begins_well(container: InputContainer, stream: VideoStream) -> bool:
    """Tell whether a strict decoder has no objections before the first frame comes.

    If it has, they are no sign of damage: some cameras leave out the end of every frame, some recordings begin in the
    middle of a group of pictures, and what FFmpeg does not know of a new kind of file is no fault of the file.
    """
    stream.thread_type = "NONE"
    be_strict(stream)
    try:
        return any(
            isinstance(frame, av.VideoFrame) for packet in packets_of(container, stream) for frame in packet.decode()
        )
    except FFmpegError:
        return False


class AwaitedFrames:
    """What a decoder owes of the packets that it was given last.

    Decoders on several threads give at the end what they hold, and PyAV passes over what they hold behind an error.
    """

    def __init__(self, stream: VideoStream) -> None:
        names = {*stream.container.format.name.split(",")}
        self._counts = stream.codec_context.name in _ONE_EACH and bool(names & _WHOLE_FRAMES)
        self._stamps = set[int]()
        self._key: int | None = None

    def expect(self, packet: Packet) -> None:
        """Take note of a packet that goes to the decoder."""
        if not self._counts or not packet.size or packet.pts is None or packet.is_discard:
            return
        if packet.is_keyframe:
            self._key = packet.pts
        # What is shown before its keyframe may need another one that the file lacks.
        if self._key is not None and packet.pts >= self._key:
            self._stamps.add(packet.pts)

    def arrive(self, frame: av.VideoFrame) -> None:
        """Take note of a frame that came; what was to be shown before it does not come any more."""
        # Two fields may be two packets.
        self._counts = self._counts and not frame.interlaced_frame
        if not self._counts:
            self._stamps.clear()
        elif frame.pts is not None:
            self._stamps = {each for each in self._stamps if each > frame.pts}

    @property
    def stamps(self) -> list[int]:
        """When the frames are to be shown that did not come, in order."""
        return sorted(self._stamps)
