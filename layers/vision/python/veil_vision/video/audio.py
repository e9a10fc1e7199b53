"""The audio of a result: the source's first audio stream as it is, in silence, or left out."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

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
    "mov": frozenset({"aac", "mp3", "mp3float", "ac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be"}),
    "matroska": frozenset({"aac", "mp3", "mp3float", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "pcm_s16le"}),
}
_FRAME = 1024


def is_copied(audio: Audio, container: str) -> bool:
    """Tell whether a kind of file holds the audio as it is, without coding it anew."""
    return audio.codec in _COPIED[container]


class AudioWriter:
    """Writes the audio of one result.

    Attributes:
        sounds: Whether any was written.
    """

    def __init__(self, output: OutputContainer, source: Path, facts: VideoFacts, policy: AudioPolicy) -> None:
        """Add the stream that the policy asks for, if the source has any audio."""
        self._output, self._facts, self.sounds = output, facts, False
        self._mutes = policy is AudioPolicy.MUTE
        self._copies = facts.audio is not None and not self._mutes and is_copied(facts.audio, facts.container)
        self._stream: AudioStream | None = None
        if facts.audio is not None and policy is not AudioPolicy.DROP:
            self._stream = self._copied(source) if self._copies else self._coded(facts.audio)

    @property
    def has_stream(self) -> bool:
        """Whether the file has an audio stream, should there be anything to write."""
        return self._stream is not None

    @property
    def listens(self) -> bool:
        """Whether packets of the source are wanted."""
        return self._stream is not None and not self._mutes

    def write(self, packet: Packet) -> None:
        """Write what a packet of the source holds."""
        if self._stream is None or self._mutes:
            return
        packet_start = round(Fraction(self._facts.start) * self._facts.time_base / packet.time_base)
        if self._copies:
            packet.pts = None if packet.pts is None else packet.pts - packet_start
            packet.dts = None if packet.dts is None else packet.dts - packet_start
            packet.stream = self._stream
            self._mux([packet])
            return
        for frame in packet.decode():
            if isinstance(frame, av.AudioFrame):
                frame.pts = None if frame.pts is None else frame.pts - packet_start
                self._mux(self._stream.encode(frame))

    def finish(self, seconds: float) -> None:
        """Write what is left; of a muted video, silence of its length."""
        if self._stream is None:
            return
        if self._mutes:
            for frame in self._silence(seconds):
                self._mux(self._stream.encode(frame))
        if not self._copies:
            self._mux(self._stream.encode(None))

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
        stream = self._output.add_stream("aac", rate=audio.sample_rate)
        stream.codec_context.layout = audio.layout
        return stream

    def _silence(self, seconds: float) -> Iterator[av.AudioFrame]:
        rate = self._facts.audio.sample_rate if self._facts.audio else 1
        layout = self._facts.audio.layout if self._facts.audio else "mono"
        channels = av.AudioLayout(layout).nb_channels
        for first in range(0, round(seconds * rate), _FRAME):
            frame = av.AudioFrame.from_ndarray(np.zeros((channels, _FRAME), np.float32), format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
            yield frame
