"""The encoders that may write a result, and what each is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2

import av
from av.error import FFmpegError

from veil_vision.errors import UnsupportedVideoError
from veil_vision.video.facts import Colours, VideoFacts
from veil_vision.video.results import Encoder

# The bit rate that a source's own is raised by: its encoder had the picture without the losses of a first one.
SPARE_RATE = 1.15
# A source's bit rate depends on all that it shows, also on what is hidden, so of it only the step is kept.
STEPS_OF_A_DOUBLING = 4


# Constant quality, at which a second generation is hard to tell from the first.
_QUALITY: Mapping[Encoder, Mapping[str, str]] = {
    Encoder.X264: {"crf": "18", "preset": "veryfast"},
    Encoder.AV1: {"crf": "28", "preset": "10"},
    Encoder.VP9: {"crf": "28", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
    Encoder.NVENC: {"rc": "vbr", "cq": "20", "preset": "p4"},
}
# What of an encoder would carry things along that ride on frames.
_NO_RIDERS: Mapping[Encoder, Mapping[str, str]] = {
    Encoder.X264: {"a53cc": "0", "udu_sei": "0"},
    Encoder.NVENC: {"a53cc": "0", "udu_sei": "0", "s12m_tc": "0"},
}


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How the pictures of a result are coded.

    Attributes:
        encoder: Which program codes.
        keep_bit_rate: Whether to aim near the source's own bit rate, where it is known, instead of at a quality.
        threads: At most; 0 leaves it to the encoder. With 1 the same input gives the same bytes.
    """

    encoder: Encoder = Encoder.X264
    keep_bit_rate: bool = False
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What an encoder is opened with."""

    pixel_formats: frozenset[str]
    options: Mapping[str, str] = field(default_factory=dict)
    bit_rate: int = 0


def plan_for(settings: EncoderSettings, facts: VideoFacts) -> Plan:
    """Return what an encoder is told for a source.

    Raises:
        UnsupportedVideoError: This machine's FFmpeg lacks the encoder.
    """
    chosen = settings.encoder
    if chosen is Encoder.AV1:
        # It prints its settings on the terminal unless the environment says that it should not.
        os.environ.setdefault("SVT_LOG", "0")
    bit_rate = _near(facts.bit_rate) if settings.keep_bit_rate else 0
    quality = {} if bit_rate else _QUALITY[chosen]
    if bit_rate:
        quality = {key: value for key, value in _QUALITY[chosen].items() if key not in {"crf", "cq", "b", "rc"}}
    return Plan(_formats(chosen), {**quality, **_NO_RIDERS.get(chosen, {}), **_private(chosen, facts)}, bit_rate)


def _near(bit_rate: int) -> int:
    """Return the nearest step to a source's bit rate and what it is raised by; 0 where it is unknown."""
    if not bit_rate:
        return 0
    step = round(STEPS_OF_A_DOUBLING * log2(bit_rate * SPARE_RATE))
    return round(2 ** (step / STEPS_OF_A_DOUBLING))


def _formats(encoder: Encoder) -> frozenset[str]:
    try:
        formats = av.Codec(encoder, "w").video_formats or []
    except (FFmpegError, ValueError) as error:
        raise UnsupportedVideoError(f"the encoder {encoder} is not part of this machine's FFmpeg") from error
    return frozenset(each.name for each in formats)


def _private(encoder: Encoder, facts: VideoFacts) -> Mapping[str, str]:
    if encoder is not Encoder.X264:
        return {}
    fields = {"tt": ["tff=1"], "bb": ["bff=1"]}.get(facts.field_order, [])
    told = [*_hdr(facts.colours), *fields]
    return {"x264-params": ":".join(told)} if told else {}


def _hdr(colours: Colours) -> list[str]:
    told = [f"mastering-display={colours.mastering}"] if colours.mastering else []
    return [*told, f"cll={colours.light_level[0]},{colours.light_level[1]}"] if colours.light_level else told
