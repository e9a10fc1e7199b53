"""The gate for a finished video: the file is as promised, holds nothing else of its source, and shows nobody.

That each frame hides what it should was proven before it was encoded: see `frames`.
"""

import mmap
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.errors import VerificationError, VideoError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import regions_of
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat
from veil_vision.verify.recheck import Scene, recheck
from veil_vision.verify.replacement import require_covered
from veil_vision.video.facts import VideoFacts
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames

# Tags that every muxer writes by itself, whatever it muxes.
_OWN_TAGS = frozenset({
    "major_brand", "minor_version", "compatible_brands", "encoder", "handler_name", "vendor_id", "language", "duration",
})  # fmt: skip
_OWN_HANDLERS = frozenset({"VideoHandler", "SoundHandler"})
# A text that is shorter stands in a file of this size by chance.
LEAST_TEXT = 8


@dataclass(frozen=True, slots=True)
class Promise:
    """What a finished file must be.

    Attributes:
        facts: What the file is that it was made of.
        times: Of the frames, in units of the source's time base.
        size: Width and height of the stored frames.
        streams: What the kinds of its streams may be.
    """

    facts: VideoFacts
    times: Sequence[int]
    size: tuple[int, int]
    streams: Collection[tuple[str, ...]]


def frames_as_promised(target: Path, promise: Promise) -> Iterator[DecodedFrame]:
    """Yield all frames of a file, only if it has the frames, times, shape and streams it should.

    It holds no word of its source's tags either. What is wrong with its frames is raised after the last of them.

    Raises:
        VerificationError: It is not as promised.
    """
    try:
        made, times = probe(target), list[Fraction]()
        _require_shape(made, promise)
        _require_nothing_else(target, made, promise)
        for frame in read_frames(target):
            times.append(frame.time * made.time_base)
            yield frame
    except VideoError as error:
        raise VerificationError(f"The finished video cannot be read: {error}") from error
    _require_times(times, made, promise)


def _require_nothing_else(target: Path, made: VideoFacts, promise: Promise) -> None:
    if made.streams not in promise.streams:
        raise VerificationError(f"The finished video has the streams {made.streams}.")
    if not all(_is_own(*tag) for tag in made.tags):
        raise VerificationError("The finished video has tags.")
    _require_no_text_of(promise.facts, target, made)


def _is_own(name: str, text: str) -> bool:
    """Tell whether a tag is one that the muxer wrote by itself."""
    return name.lower() in _OWN_TAGS and (name != "handler_name" or text in _OWN_HANDLERS)


def exposed_in(
    source: Callable[[], NDArray[np.uint8]],
    shown: NDArray[np.uint8],
    places: Detections,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    tracks: Collection[int | None],
    spared: Detections,
) -> Detections:
    """Return what a finished frame still shows of what was to be hidden.

    Args:
        source: Gives the frame as it came, uint8 RGB (h, w, 3), should something in the finished one be in doubt.
        shown: The frame of the finished file, of the same shape.
        places: What is hidden in it, in its pixels.
        recipe: What was to be hidden.
        detectors: Those that looked.
        tracks: Around the places of which tracks to look.
        spared: What somebody wants to stay visible.
    """
    height, width = shown.shape[:2]
    size = {"width": width, "height": height}
    regions = regions_of(places, recipe.styles, **size, ignore_zones=recipe.ignore_zones)
    hidden = require_covered(places, regions, recipe.ignore_zones, **size)
    around = tuple(each for each in regions if each.track in tracks)
    scene = Scene(lambda: _as_picture(source()), _as_picture(shown), around, hidden, spared)
    return recheck(scene, recipe, detectors).exposed


def _as_picture(pixels: NDArray[np.uint8]) -> Picture:
    return Picture(pixels, None, ImageFormat.PNG)


def _require_shape(made: VideoFacts, promise: Promise) -> None:
    was, colours = promise.facts, made.colours
    promised = {
        "size": ((made.width, made.height), promise.size),
        "display matrix": (made.orientation, was.orientation),
        "pixel aspect": (made.pixel_aspect, was.pixel_aspect),
        "colours": (
            (colours.primaries, colours.transfer, colours.matrix, colours.full_range),
            (was.colours.primaries, was.colours.transfer, was.colours.matrix, was.colours.full_range),
        ),
    }
    for what, (is_now, should_be) in promised.items():
        if is_now != should_be:
            raise VerificationError(f"The finished video has another {what}: {is_now}, not {should_be}.")
    if made.dropped:
        raise VerificationError(f"The finished video has more in it than it should: {', '.join(made.dropped)}.")


def _require_times(times: Sequence[Fraction], made: VideoFacts, promise: Promise) -> None:
    promised = [time * promise.facts.time_base for time in promise.times]
    if len(times) != len(promised):
        raise VerificationError(f"The finished video has {len(times)} frames, not {len(promised)}.")
    # Either clock may round.
    tick = made.time_base + promise.facts.time_base
    for number, (is_now, should_be) in enumerate(zip(times, promised, strict=True)):
        if abs((is_now - times[0]) - (should_be - promised[0])) > tick:
            raise VerificationError(f"Frame {number} of the finished video comes at another time.")


def _require_no_text_of(source: VideoFacts, target: Path, made: VideoFacts) -> None:
    told = (text for name, text in source.tags if name.lower() not in _OWN_TAGS and len(text) >= LEAST_TEXT)
    # Sources may say under other names what every muxer says, such as how long a stream lasts.
    texts = [text for text in told if not any(text in own for _, own in made.tags)]
    with target.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if any(content.find(text.encode()) != -1 for text in texts):
            raise VerificationError("The finished video holds a tag of its source.")
