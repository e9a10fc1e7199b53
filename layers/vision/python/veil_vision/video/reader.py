"""Videos between the bytes of a file and decoded frames.

Files are hostile: only named demuxers and decoders are opened, on a path of this machine that is given as such, so that
no playlist, no reference and no name can make FFmpeg open another file or a connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError, VideoError
from veil_vision.video.damage import be_strict, begins_well, can_be_strict
from veil_vision.video.facts import VideoLimits
from veil_vision.video.frame_decoder import DecodedFrame, FrameDecoder
from veil_vision.video.kinds import VideoKind, kind_of_file
from veil_vision.video.packets import Packet, ShownAudio, counts_anew, packets_of, time_base_of
from veil_vision.video.reach import Reach

DEMUXERS = ("mov", "matroska", "webm", "mpegts", "mpeg", "avi")
DECODERS = frozenset({
    "h264", "hevc", "vp8", "libvpx-vp8", "vp9", "libvpx-vp9", "av1", "libdav1d", "mpeg1video", "mpeg2video", "mpeg4",
    "h263", "mjpeg", "prores", "dnxhd", "ffv1", "rawvideo", "vc1", "wmv3", "msmpeg4", "msmpeg4v2",
})  # fmt: skip
# What decoders refuse before they take memory for it, whatever size the stream began with: more than a frame of the
# largest size has in whole blocks.
MOST_CODED_PIXELS = VideoLimits().max_pixels * 17 // 16
# What begins as one of these and cannot be opened lacks a part. Others begin with too little to tell.
_NAMED_AT_START = frozenset({VideoKind.MP4, VideoKind.QUICKTIME, VideoKind.MATROSKA, VideoKind.WEBM, VideoKind.AVI})
# The heads of these tell of their pictures what of others only frames tell: lengths, rates and shapes.
_TELLING = frozenset({VideoKind.MP4, VideoKind.QUICKTIME})


def read(path: Path, *, conceal: bool = False, audio: bool = False) -> Iterator[DecodedFrame | Packet]:
    """Yield all frames that a player shows, in order, and with `audio` the packets of the audio stream between.

    Frames and packets that an edit list hides are not among them, but for the packet with which the audio's decoder
    swings in.

    Args:
        path: Of a file that `probe` has admitted.
        conceal: Whether to go on after what is damaged or missing; the frame that comes of it is marked as broken.
        audio: Whether to yield packets too.

    Raises:
        UnsupportedVideoError: It is no video of a kind that Veil reads, or its frames change their size.
        DefectiveVideoError: It has no frame; or it is damaged or ends too early, unless that is to be concealed.
    """
    with opened(path, first_frames=audio or not head_tells(path)) as container:
        stream = decoded_pictures_of(path, container, conceal=conceal)
        sound = audio_of(container) if audio else None
        frames = FrameDecoder(stream, start_of(container, stream), conceal=conceal)
        reach, shown_audio = Reach(path, container, stream), ShownAudio()
        if not conceal:
            reach.require_uncut()
        for packet in reach.of(packets_of(container, stream, *([sound] if sound else []), *reach.others)):
            if packet.stream is stream:
                yield from frames.of(packet)
            elif packet.stream is sound:
                yield from shown_audio.of(packet)
        _require_frames(frames.number)
        yield from frames.concealed_end()
        if not conceal:
            frames.require_end_of(reach)


def read_frames(path: Path, *, conceal: bool = False) -> Iterator[DecodedFrame]:
    """Yield the frames of `read` alone."""
    return (each for each in read(path, conceal=conceal) if isinstance(each, DecodedFrame))


@contextmanager
def opened(path: Path, *, first_frames: bool = True) -> Iterator[InputContainer]:
    """Give the container of a file, which must be of a kind that Veil reads.

    Args:
        path: Of the file.
        first_frames: Whether FFmpeg decodes some to learn what the head does not tell: as dear as ten others.

    Raises:
        UnsupportedVideoError: It is none.
        DefectiveVideoError: It begins as one and cannot be opened, or FFmpeg failed while it was open.
    """
    options = {"format_whitelist": ",".join(DEMUXERS), "protocol_whitelist": "file", "enable_drefs": "0"}
    if not first_frames:
        options["skip_frame"] = "all"
    try:
        # The protocol is named, or FFmpeg would look for one in the file's name.
        container = av.open(f"file:{path.resolve()}", "r", options=options, metadata_errors="ignore")
    except FFmpegError as error:
        raise _why_not_opened(path) from error
    with container:
        try:
            yield container
        except FFmpegError as error:
            raise DefectiveVideoError("the video is damaged") from error


def head_tells(path: Path) -> bool:
    """Tell whether what a file begins with tells all that reading its pictures needs."""
    return kind_of_file(path) in _TELLING


def _why_not_opened(path: Path) -> VideoError:
    if kind_of_file(path) in _NAMED_AT_START:
        return DefectiveVideoError("the video cannot be opened: it is incomplete or damaged")
    return UnsupportedVideoError("the file is no video that can be read")


def pictures_of(container: InputContainer) -> VideoStream:
    """Return the stream that Veil reads, which is the one that players show: the first that is on and no cover art.

    Raises:
        UnsupportedVideoError: There is none, or Veil does not read its codec.
    """
    streams = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    if not streams:
        raise UnsupportedVideoError("the file has no video stream")
    stream = next((each for each in streams if _is_on(each)), streams[0])
    name = stream.codec_context.name if stream.codec_context else "unknown"
    if name not in DECODERS:
        raise UnsupportedVideoError(f"videos coded as {name} are not read")
    # PyAV's own choice leaves one core at work on most H.264 files.
    stream.thread_type = "FRAME"
    stream.codec_context.options = {"max_pixels": str(MOST_CODED_PIXELS)}
    return stream


def decoded_pictures_of(path: Path, container: InputContainer, *, conceal: bool) -> VideoStream:
    """Return `pictures_of` the file's container, with a decoder that tells of damage if the file allows.

    Raises:
        UnsupportedVideoError: See `pictures_of`.
    """
    stream = pictures_of(container)
    if can_be_strict(container, stream):
        with opened(path, first_frames=not head_tells(path)) as trial:
            if begins_well(trial, pictures_of(trial)):
                be_strict(stream)
                # Frames that wait behind an error at the end are lost with it; of several threads each has some.
                stream.thread_type = "SLICE" if conceal else stream.thread_type
    return stream


def audio_of(container: InputContainer) -> AudioStream | None:
    """Return the stream whose sound Veil keeps, which is the one that players play: the first that is on.

    The file must tell enough of it, and its codec be known.
    """
    streams = [each for each in container.streams.audio if _is_told(each)]
    return next((each for each in streams if _is_on(each)), streams[0] if streams else None)


def _is_on(stream: Stream) -> bool:
    return bool(stream.disposition & Disposition.default)


def _is_told(stream: AudioStream) -> bool:
    # Where FFmpeg does not know the codec there is no context, whatever its type says.
    context: AudioCodecContext | None = stream.codec_context
    return context is not None and context.sample_rate > 0 and context.layout.nb_channels > 0


def start_of(container: InputContainer, stream: VideoStream) -> int:
    """Return the time at which the file begins, in the stream's units. Streams stay aligned when it is taken off."""
    begin = Fraction(container.start_time or 0, av.time_base)
    if begin < 0 and not counts_anew(container):
        # Sound may begin earlier, for its decoder to swing in.
        begin = min((stream.start_time or 0) * time_base_of(stream), Fraction(0))
    return round(begin / time_base_of(stream))


def _require_frames(frames: int) -> None:
    if not frames:
        raise DefectiveVideoError("the video has no frame that can be decoded")


def seconds_of(stream: VideoStream, container: InputContainer) -> float:
    """Return how long the pictures last as far as the container tells, else 0."""
    if stream.duration is not None:
        return float(stream.duration * time_base_of(stream))
    # What the container as a whole announces may be the length of the audio.
    return 0.0 if container.streams.audio or container.duration is None else container.duration / av.time_base
