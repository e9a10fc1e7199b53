"""A video from the file that came to the file that may leave: look, link, paint and write, look again.

The pixels are read twice, and a third time by the gate (decision 0024): what is hidden in a frame depends on what is
seen after it, so the first reading only looks, and what it keeps of a frame are its detections.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for, find_more
from veil_vision.detect.profiles import ProfileName
from veil_vision.detect.thresholds import threshold_of
from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.frame_painter import FramePainter
from veil_vision.pipelines.ordered import in_order
from veil_vision.pipelines.video_report import video_report
from veil_vision.track import TrackedVideo, TrackSettings, link
from veil_vision.track.cuts import is_cut, thumbnail
from veil_vision.track.findings import Findings
from veil_vision.track.second_look import frames_to_check, strengthen
from veil_vision.verify.finished_video import Promise, exposed_in, require_as_promised
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.facts import VideoFacts, VideoLimits
from veil_vision.video.frames import as_shown
from veil_vision.video.reader import DecodedFrame, probe, read, read_frames
from veil_vision.video.writer import VideoWriter

# Written again with what the finished file still showed, over the whole of its track.
ROUNDS = 4
# Frames from one look to the next. Only every frame keeps exposure where it is promised to be: see docs/detection.md.
STRIDES = {ProfileName.FAST: 2, ProfileName.BALANCED: 1, ProfileName.THOROUGH: 1}
# Down to this share of its threshold a detection continues a track; it starts none.
WEAK_SHARE = 0.7
# The shares of the work, for whoever watches it.
LOOKED, WRITTEN = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """What of a run concerns videos alone.

    Attributes:
        encoder: How pictures are coded.
        audio: What becomes of the audio.
        conceal: Whether a damaged frame becomes black and the video goes on; otherwise it fails.
        check_every: The finished file is looked at again in every so-many-th frame, and in some of each track.
        workers: Threads that look and paint.
        limits: What is too large.
    """

    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    audio: AudioPolicy = AudioPolicy.KEEP
    conceal: bool = False
    check_every: int = 25
    workers: int = 1
    limits: VideoLimits = field(default_factory=VideoLimits)


@dataclass(frozen=True, slots=True, eq=False)
class AnonymizedVideo:
    """A verified result, which lies in the file that was named.

    Attributes:
        facts: What the source was.
        findings: What is hidden where and when, in pixels of the frame as it is shown.
        report: How it was made and what was checked; plain values, ready for JSON.
        remarks: What of the file or of the wishes took no part, in words.
    """

    facts: VideoFacts
    findings: Findings
    report: dict[str, object]
    remarks: tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Looks:
    """What was seen in each frame, and what the gate added to it."""

    found: list[Detections | None] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    open_places: list[tuple[int, Detections]] = field(default_factory=list)

    def add(self, frame: int, open_places: Detections, unclaimed: Detections) -> None:
        """Take in what a frame of the finished file showed; what belongs to no track starts one of its own."""
        self.open_places.append((frame, open_places))
        if len(unclaimed):
            certain = replace(unclaimed, scores=np.ones_like(unclaimed.scores))
            self.found[frame] = Detections.concat([self.found[frame] or Detections.of([]), certain])


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every step needs."""

    source: Path
    target: Path
    facts: VideoFacts
    recipe: Recipe
    settings: VideoSettings
    detectors: Sequence[Detector]
    report: Callable[[float], None]


def anonymize_video(
    source: Path,
    target: Path,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
) -> AnonymizedVideo:
    """Find, hide, write and verify; the target is a result only once this has returned.

    Args:
        source: The video.
        target: Where the result is written; its suffix does not matter. A look of None writes none.
        recipe: What is hidden and how. Outlines, masks and debug drawings are not made of videos.
        detectors: Those that may look.
        settings: What concerns videos alone.
        report: Told after each frame how much is done, from 0 to 1; what it raises ends the work.

    Raises:
        VideoError: The file is not a video that can be anonymized.
        ModelError: A class has no detector.
        VerificationError: The result could not be proven safe.
    """
    started = perf_counter()
    facts = probe(source, settings.limits)
    work = _Work(source, target, facts, recipe, settings, detectors_for(recipe, detectors), report)
    looks = _look(work)
    seconds = {"look": perf_counter() - started}
    tracked, rounds = _write_and_verify(work, looks)
    seconds["write and verify"] = perf_counter() - started - seconds["look"]
    remarks = _remarks(work, looks)
    findings = Findings(tracked, facts.shown, tuple(looks.times), facts.time_base)
    evidence = video_report(source, target if rounds else None, findings, recipe, work.detectors)
    gate = {"rounds": rounds, "added": sum(len(each) for _, each in looks.open_places)}
    spent = {stage: round(each, 3) for stage, each in seconds.items()}
    told = {
        **evidence,
        "codec": facts.codec,
        "gate": gate,
        "broken_frames": len(looks.broken),
        "remarks": list(remarks),
        "seconds": spent,
    }
    return AnonymizedVideo(facts, findings, told, remarks)


def _look(work: _Work) -> _Looks:
    """Return what detectors see, frame by frame; weak sightings too, which count where they continue a track."""
    stride = STRIDES[work.recipe.profile.name]
    looks, before = _Looks(), None

    def seen(frame: DecodedFrame) -> tuple[Detections | None, NDArray[np.uint8]]:
        pixels = as_shown(frame.picture, work.facts)
        looked = frame.number % stride == 0 and not frame.is_broken
        return _seen(work, pixels) if looked else None, thumbnail(pixels)

    frames = read_frames(work.source, conceal=work.settings.conceal)
    for frame, (found, small) in in_order(seen, frames, workers=work.settings.workers):
        looks.found.append(found)
        looks.times.append(frame.time)
        looks.broken += [frame.number] if frame.is_broken else []
        looks.cuts += [frame.number] if before is not None and is_cut(before, small) else []
        before = small
        work.report(LOOKED * min((frame.number + 1) / work.facts.expected_frames, 1.0))
    return looks


def _seen(work: _Work, pixels: NDArray[np.uint8]) -> Detections:
    """Return what is seen in a frame; what counts in a track only has a score below all that count by themselves.

    What models agree on counts by itself, however faint each of them saw it.
    """
    found, weak = find_more(pixels, work.recipe, work.detectors, share=WEAK_SHARE)
    strong = _strong(work)
    least = np.array([strong[each] for each in found.classes], np.float32)
    most = np.array([WEAK_SHARE * strong[each] for each in weak.classes], np.float32)
    return Detections.concat(
        [
            replace(found, scores=np.maximum(found.scores, least)),
            replace(weak, scores=np.minimum(weak.scores, most)),
        ]
    )


def _strong(work: _Work) -> dict[ObjectClass, float]:
    """Return the least score from which a detection of any model counts by itself."""
    recipe = work.recipe
    return {
        each: min(threshold_of(detector, each, recipe) for detector in recipe.profile.looking(work.detectors, each))
        for each in recipe.targets
    }


def _tracked(work: _Work, looks: _Looks) -> TrackedVideo:
    """Return what is to be hidden: what was seen, linked, and larger over a whole track where something showed."""
    settings = TrackSettings(thresholds=_strong(work))
    video = link(looks.found, looks.cuts, work.facts.shown, _rate(work.facts, looks.times), settings)
    for frame, places in looks.open_places:
        video = strengthen(video, frame, places).video
    return video


def _rate(facts: VideoFacts, times: Sequence[int]) -> float:
    """Return frames per second as they are shown: what containers tell of it is often wrong."""
    lasts = (times[-1] - times[0]) * facts.time_base
    return float((len(times) - 1) / lasts) if lasts else float(facts.rate)


def _write_and_verify(work: _Work, looks: _Looks) -> tuple[TrackedVideo, int]:
    """Return what is hidden in the finished file, and how often it was written until it passed the gate.

    Raises:
        VerificationError: It could not be proven safe.
    """
    if work.recipe.look is None:
        return _tracked(work, looks), 0
    for number in range(1, ROUNDS + 1):
        tracked = _tracked(work, looks)
        promise = _write(work, tracked, looks, number)
        require_as_promised(work.target, promise)
        still = list(_still_open(work, tracked, looks))
        if not still:
            work.report(1.0)
            return tracked, number
        for frame, places in still:
            looks.add(frame, places, strengthen(tracked, frame, places).unclaimed)
    raise VerificationError(f"After {ROUNDS} rounds the video still shows something that was to be hidden.")


def _write(work: _Work, tracked: TrackedVideo, looks: _Looks, number: int) -> Promise:
    """Write the painted frames; later rounds do not move the watcher's bar back."""
    settings = work.settings
    with VideoWriter(work.target, work.source, work.facts, settings.encoder, settings.audio) as writer:
        painter = FramePainter(work.facts, work.recipe, tracked, writer.pixel_format, writer.size)
        items = read(work.source, conceal=settings.conceal, audio=writer.listens)
        for item, painted in in_order(painter.paint, items, workers=settings.workers):
            if isinstance(item, DecodedFrame) and painted is not None:
                writer.write(painted, item.time)
                work.report(_share(number, (item.number + 1) / len(looks.times)))
            elif not isinstance(item, DecodedFrame):
                writer.write_audio(item)
        return Promise(work.source, work.facts, tuple(looks.times), writer.size, settings.audio)


def _share(number: int, done: float) -> float:
    return LOOKED + (WRITTEN - LOOKED) * min(done, 1.0) if number == 1 else WRITTEN


def _still_open(work: _Work, tracked: TrackedVideo, looks: _Looks) -> Iterator[tuple[int, Detections]]:
    """Yield what the finished file still shows, by frame."""
    chosen = set(frames_to_check(tracked, work.settings.check_every)) - set(looks.broken)
    chosen = {frame for frame in chosen if len(tracked.at(frame))}
    if not chosen:
        return

    def checked(pair: tuple[DecodedFrame, DecodedFrame]) -> Detections:
        source, shown = (as_shown(each.picture, work.facts) for each in pair)
        return exposed_in(source, shown, tracked.at(pair[0].number), work.recipe, work.detectors)

    sources = read_frames(work.source, conceal=work.settings.conceal)
    pairs = (pair for pair in zip(sources, read_frames(work.target), strict=True) if pair[0].number in chosen)
    for (source, _), exposed in in_order(checked, pairs, workers=work.settings.workers):
        work.report(WRITTEN)
        if len(exposed):
            yield source.number, exposed


def _remarks(work: _Work, looks: _Looks) -> tuple[str, ...]:
    facts, recipe = work.facts, work.recipe
    remarks = [f"{what} dropped" for what in facts.dropped]
    if facts.audio is not None and work.settings.audio is not AudioPolicy.KEEP:
        remarks.append(f"audio: {work.settings.audio}")
    if looks.broken:
        remarks.append(f"{len(looks.broken)} damaged frames are black")
    if recipe.debug:
        remarks.append("debug drawings are made on pictures only")
    return tuple(remarks)
