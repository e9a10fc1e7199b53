"""Painted frames become a file, with the source's times, shape and colours, and nothing else of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import PictureType
from av.video.stream import VideoStream

from veil_vision.errors import DefectiveVideoError, UnsupportedVideoError
from veil_vision.video.audio import AudioPolicy, AudioWriter
from veil_vision.video.encoders import EncoderSettings, plan_for
from veil_vision.video.facts import VideoFacts
from veil_vision.video.frames import written_format
from veil_vision.video.packets import Packet
from veil_vision.video.results import container_for

# Without the encoder's name and the date, so that the same video gives the same file; the index comes first, so that
# a player starts before all of it is there.
_CONTAINER_OPTIONS = {"fflags": "+bitexact", "movflags": "+faststart"}
_MPEG, _JPEG = 1, 2


class VideoWriter:
    """Writes one result. To be used in a `with` block; a file that was left by an exception is not complete."""

    def __init__(
        self, target: Path, source: Path, facts: VideoFacts, settings: EncoderSettings, audio: AudioPolicy
    ) -> None:
        """Open the file.

        Raises:
            UnsupportedVideoError: The encoder is not to be had, or refuses such frames.
        """
        plan = plan_for(settings, facts)
        self._facts = facts
        self.pixel_format = written_format(facts.pixel_format, plan.pixel_formats)
        self.size = _writable_size(facts, self.pixel_format)
        self._latest, self._lasts = 0, 0
        container = container_for(settings.encoder, facts.container)
        self._output = av.open(str(target), "w", format=container, container_options=_CONTAINER_OPTIONS)
        try:
            stream = self._output.add_stream(settings.encoder.value, rate=facts.rate, options=dict(plan.options))
            self._pictures: VideoStream = stream
            self._describe(self._pictures, plan.bit_rate, settings.threads)
            self._audio = AudioWriter(self._output, source, facts, audio)
            self._output.start_encoding()
        except FFmpegError as error:
            self._output.close()
            width, height = self.size
            raise UnsupportedVideoError(
                f"{settings.encoder} cannot write pictures of {width}x{height} pixels as {self.pixel_format}"
            ) from error

    def __enter__(self) -> Self:
        """Begin to write."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left, unless an exception is on its way, and close the file.

        Raises:
            DefectiveVideoError: The file cannot hold what was written.
        """
        with _named_refusals():
            try:
                if error is None:
                    self._output.mux(self._last_packets())
                    self._audio.finish(float((self._latest + self._lasts) * self._facts.time_base))
            finally:
                self._output.close()

    @property
    def streams(self) -> frozenset[tuple[str, ...]]:
        """The kinds that its streams may be: audio that holds nothing is a stream in some files and none in others."""
        silent, sounding = ("video",), ("video", "audio")
        if self._audio.has_stream and not self._audio.sounds:
            return frozenset({silent, sounding})
        return frozenset({sounding if self._audio.sounds else silent})

    @property
    def listens(self) -> bool:
        """Whether packets of the source's audio are wanted."""
        return self._audio.listens

    def write(self, frame: av.VideoFrame, time: int, lasts: int) -> None:
        """Write a frame of `pixel_format` and `size` at a time, in units of the source's time base, for so long.

        How long only counts of the last one, whose end no other begins; 0 makes it as long as frames are on average.
        """
        frame.pts, frame.time_base = time, self._facts.time_base
        # The encoder decides by itself which frames it codes whole.
        frame.pict_type = PictureType.NONE
        self._latest, self._lasts = time, lasts or round(1 / self._facts.rate / self._facts.time_base)
        with _named_refusals():
            self._output.mux(self._pictures.encode(frame))

    def write_audio(self, packet: Packet) -> None:
        """Write a packet of the source's audio."""
        with _named_refusals():
            self._audio.write(packet)

    def _last_packets(self) -> list[Packet]:
        """Return what the encoder holds back; of what is coded last, files take the length of what is shown last."""
        packets = self._pictures.encode(None)
        for packet in packets[-1:]:
            packet.duration = round(self._lasts * self._facts.time_base / packet.time_base)
        return packets

    def _describe(self, stream: VideoStream, bit_rate: int, threads: int) -> None:
        facts, context = self._facts, stream.codec_context
        stream.width, stream.height = self.size
        stream.pix_fmt = self.pixel_format
        stream.sample_aspect_ratio = facts.pixel_aspect
        context.time_base = facts.time_base
        if bit_rate:
            stream.bit_rate = bit_rate
        context.color_range = _JPEG if facts.colours.full_range else _MPEG
        context.color_primaries = facts.colours.primaries
        context.color_trc = facts.colours.transfer
        context.colorspace = facts.colours.matrix
        context.thread_type = "FRAME"
        context.thread_count = threads
        if facts.field_order:
            context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        context.flags |= Flags.bitexact
        # Before anything is written: the header that holds it goes out first.
        stream.set_display_matrix(facts.matrix)


@contextmanager
def _named_refusals() -> Iterator[None]:
    try:
        yield
    except FFmpegError as error:
        # What else it raises is the machine's fault: no room, no memory.
        if not isinstance(error, ValueError):
            raise
        raise DefectiveVideoError("its pictures and its audio cannot be written into one file") from error


def _writable_size(facts: VideoFacts, pixel_format: str) -> tuple[int, int]:
    """Return the frame's size, or one that is a column or row larger where colours are subsampled."""
    described = av.VideoFormat(pixel_format, 16, 16)
    grey = len(described.components) == 1
    across, down = (2, 2) if grey else (16 // described.chroma_width(), 16 // described.chroma_height())
    return -(-facts.width // across) * across, -(-facts.height // down) * down
