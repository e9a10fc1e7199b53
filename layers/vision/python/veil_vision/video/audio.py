"""The audio of a result: the source's audio stream as it is, in silence, or left out."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError

from veil_vision.errors import DefectiveVideoError
from veil_vision.video.facts import Audio, VideoFacts
from veil_vision.video.packets import Packet
from veil_vision.video.reader import audio_of, opened


class AudioPolicy(StrEnum):
    """What becomes of the audio. A voice tells who speaks, so who must not be known must not be heard."""

    KEEP = "keep"
    MUTE = "mute"
    DROP = "drop"


# What each kind of file holds as it is; anything else is coded anew as AAC.
_COPIED = {
    "mp4": frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "alac", "opus", "libopus", "flac"}),
    "mov": frozenset({
        "aac", "mp3", "mp3float", "ac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le",
        "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_alaw", "pcm_mulaw",
    }),
    "matroska": frozenset({
        "aac", "mp2", "mp2float", "mp3", "mp3float", "ac3", "eac3", "dca", "opus", "libopus", "vorbis", "flac",
        "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le",
    }),
}  # fmt: skip
_FRAME = 1024
# Seconds by which audio may fall back where recordings were joined; what falls short is heard already, and left out.
_MOST_OVERLAP = 1
# Of these AAC would tell the number of channels and not which.
_PLACED_ALIKE = {"5.1(side)": "5.1", "5.0(side)": "5.0"}
# The sampling rates of AAC (ISO/IEC 14496-3, 1.6.3.4).
_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)


def is_copied(audio: Audio, container: str) -> bool:
    """Tell whether a kind of file holds the audio as it is, without coding it anew."""
    return audio.codec in _COPIED[container]


def coded_rate(sample_rate: int) -> int:
    """Return the least sampling rate of AAC that loses nothing of what is sampled at another."""
    return next((each for each in _RATES if each >= sample_rate), _RATES[-1])


class AudioWriter:
    """Writes the audio of one result.

    Attributes:
        sounds: Whether any was written.
    """

    def __init__(self, output: OutputContainer, source: Path, facts: VideoFacts, policy: AudioPolicy) -> None:
        """Add the stream that the policy asks for, if the source has any audio."""
        self._output, self._facts, self.sounds = output, facts, False
        self._mutes = policy is AudioPolicy.MUTE
        self._copies = facts.audio is not None and not self._mutes and is_copied(facts.audio, output.format.name)
        self._stream: AudioStream | None = None
        self._latest: Fraction | None = None
        if facts.audio is not None and policy is not AudioPolicy.DROP:
            self._stream = self._copied(source) if self._copies else self._coded(facts.audio)
        self._resampler = None if self._stream is None or self._copies else _Resampler(self._stream.codec_context)

    @property
    def has_stream(self) -> bool:
        """Whether the file has an audio stream, should there be anything to write."""
        return self._stream is not None

    @property
    def listens(self) -> bool:
        """Whether packets of the source are wanted."""
        return self._stream is not None and not self._mutes

    def write(self, packet: Packet) -> None:
        """Write what a packet of the source holds.

        Raises:
            DefectiveVideoError: It belongs long before what was written.
        """
        if self._stream is None or self._mutes or self._is_over(packet):
            return
        packet_start = round(Fraction(self._facts.start) * self._facts.time_base / packet.time_base)
        if self._resampler is None:
            packet.pts = None if packet.pts is None else packet.pts - packet_start
            packet.dts = None if packet.dts is None else packet.dts - packet_start
            packet.stream = self._stream
            self._mux([packet])
            return
        for frame in _decoded(packet):
            frame.pts = None if frame.pts is None else frame.pts - packet_start
            for each in self._resampler.resample(frame):
                self._mux(self._stream.encode(each))

    def finish(self, seconds: float) -> None:
        """Write what is left; of a muted video, silence of its length."""
        if self._stream is None:
            return
        if self._mutes:
            for frame in self._silence(self._stream, seconds):
                self._mux(self._stream.encode(frame))
        if self._resampler is not None:
            for frame in self._resampler.flush():
                self._mux(self._stream.encode(frame))
            self._mux(self._stream.encode(None))

    def _is_over(self, packet: Packet) -> bool:
        """Tell whether a packet belongs before the end of what was written."""
        if packet.dts is None:
            return False
        begins = packet.dts * packet.time_base
        if self._latest is not None and begins <= self._latest:
            if begins < self._latest - _MOST_OVERLAP:
                raise DefectiveVideoError("the times of its audio fall")
            return True
        self._latest = begins
        return False

    def _mux(self, packets: Sequence[Packet]) -> None:
        self.sounds = self.sounds or bool(packets)
        self._output.mux(packets)

    def _copied(self, source: Path) -> AudioStream:
        with opened(source) as container:
            template = audio_of(container)
            if template is None:
                raise DefectiveVideoError("the video has another audio stream than before")
            stream = self._output.add_stream_from_template(template)
            stream.metadata.clear()
            return stream

    def _coded(self, audio: Audio) -> AudioStream:
        stream = self._output.add_stream("aac", rate=coded_rate(audio.sample_rate))
        stream.codec_context.layout = _PLACED_ALIKE.get(audio.layout, audio.layout)
        return stream

    @staticmethod
    def _silence(stream: AudioStream, seconds: float) -> Iterator[av.AudioFrame]:
        rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout
        for first in range(0, round(seconds * rate), _FRAME):
            silent = np.zeros((layout.nb_channels, _FRAME), np.float32)
            frame = av.AudioFrame.from_ndarray(silent, format="fltp", layout=layout.name)
            frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
            yield frame


class _Resampler:
    """Gives sound the rate and the channels of a stream, also where a broadcast changes its own in the middle."""

    def __init__(self, context: AudioCodecContext) -> None:
        self._context = context
        self._shape: tuple[str, str, int] | None = None
        self._resampler = self._new_resampler()

    def resample(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Yield what a frame becomes, and what was held back where it is another than the ones before."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            yield from self.flush()
            self._shape, self._resampler = shape, self._new_resampler()
        yield from self._resampler.resample(frame)

    def flush(self) -> Iterator[av.AudioFrame]:
        """Yield what is held back; nothing may follow but frames of another shape."""
        return (each for each in self._resampler.resample(None) if each is not None)

    def _new_resampler(self) -> av.AudioResampler:
        context = self._context
        return av.AudioResampler(context.format, context.layout, context.sample_rate)


def _decoded(packet: Packet) -> list[av.AudioFrame]:
    """Return the sound of a packet; none of one that is damaged, as the first of a broadcast often is."""
    try:
        frames: list[Any] = packet.decode()
    except FFmpegError:
        return []
    return [each for each in frames if isinstance(each, av.AudioFrame)]
