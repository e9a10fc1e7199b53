"""From what is to be hidden in a video to the file that may leave: write, look again, write again, and tell.

What is to be hidden is somebody else's to say: see `video` and `render`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Protocol

from veil_vision.detect.detector import Detector
from veil_vision.detect.profiles import ProfileName
from veil_vision.errors import VerificationError, VideoTooLargeError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.frame_painter import FramePainter
from veil_vision.pipelines.ordered import AHEAD, in_order
from veil_vision.pipelines.video_report import checksum_of, video_report
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track import TrackedVideo
from veil_vision.track.findings import Findings
from veil_vision.track.second_look import places_to_check, strengthen
from veil_vision.verify.finished_video import Promise, exposed_in, frames_as_promised
from veil_vision.video.audio import AudioPolicy
from veil_vision.video.encoders import EncoderSettings
from veil_vision.video.facts import VideoFacts, VideoLimits
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.frames import as_shown
from veil_vision.video.on_demand import FramesOnDemand
from veil_vision.video.reader import read
from veil_vision.video.writer import VideoWriter

# Written again with what the finished file still showed, over the whole of its track.
ROUNDS = 4
# For whoever watches the work: the share of it that is looking, about as it was with 55 clips, and the share that is
# writing of what comes after it.
LOOKED: Mapping[ProfileName, float] = {
    ProfileName.FAST: 0.4,
    ProfileName.BALANCED: 0.8,
    ProfileName.THOROUGH: 0.9,
}
WRITTEN = 0.8


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """What of a run concerns videos alone.

    Attributes:
        encoder: How pictures are coded.
        audio: What becomes of the audio.
        conceal: Whether a damaged frame becomes black and the video goes on; otherwise it fails.
        check_every: The finished file is looked at again in every so-many-th frame, and in some of each track.
        workers: Threads that look and paint.
        segment_seconds: What is looked at in one piece lasts this long at least: what is lost where that breaks off.
        limits: What is too large.
    """

    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    audio: AudioPolicy = AudioPolicy.KEEP
    conceal: bool = False
    check_every: int = 25
    workers: int = 1
    segment_seconds: float = 20.0
    limits: VideoLimits = field(default_factory=VideoLimits)


@dataclass(frozen=True, slots=True, eq=False)
class AnonymizedVideo:
    """A verified result, which lies in the file that was named.

    Attributes:
        facts: What the source was.
        findings: What is hidden where and when, in pixels of the frame as it is shown.
        broken: Numbers of the frames that are damaged, and black in the result.
        report: How it was made and what was checked; plain values, ready for JSON.
        remarks: What of the file or of the wishes took no part, in words.
    """

    facts: VideoFacts
    findings: Findings
    broken: tuple[int, ...]
    report: dict[str, object]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class VideoWork:
    """What every step needs.

    Attributes:
        report: Told how much is done, from 0 to 1; what it raises ends the work.
        segmenter: Shows the outlines; None where boxes are hidden or all outlines are known.
        looked: The share of the work that is done when the looking is; 0 where nobody has to look.
    """

    source: Path
    target: Path
    facts: VideoFacts
    recipe: Recipe
    settings: VideoSettings
    detectors: Sequence[Detector]
    report: Callable[[float], None]
    segmenter: Segmenter | None = None
    looked: float = 0.0


class MonotonicProgress:
    """Passes on how much is done, but never less than before."""

    def __init__(self, report: Callable[[float], None]) -> None:
        self._report, self._most = report, 0.0

    def __call__(self, fraction: float) -> None:
        """Say how much is done."""
        self._most = max(self._most, fraction)
        self._report(self._most)


class HidingPlan(Protocol):
    """What is to be hidden in a video.

    Attributes:
        times: When each frame is shown, in units of the source's time base.
        broken: Numbers of the frames that are damaged.
        looked_for: The classes that were looked for.
    """

    @property
    def times(self) -> Sequence[int]: ...  # noqa: D102  # described above

    @property
    def broken(self) -> Sequence[int]: ...  # noqa: D102  # described above

    @property
    def looked_for(self) -> Sequence[ObjectClass]: ...  # noqa: D102  # described above

    def tracked(self) -> TrackedVideo:
        """Return what is to be hidden by now."""

    def spared(self, frame: int) -> Detections:
        """Return what somebody wants to stay visible in a frame."""

    def add(self, frame: int, places: Detections, unclaimed: Detections) -> None:
        """Take in what a frame of the finished file still showed, and what of it belongs to no track."""


def finished(work: VideoWork, plan: HidingPlan, seconds: dict[str, float]) -> AnonymizedVideo:
    """Write a video until it passes the gate, and tell how it was made; `seconds` were spent before, by stage.

    Raises:
        VerificationError: It could not be proven safe.
    """
    started = perf_counter()
    tracked, rounds, added = _write_and_verify(work, plan)
    spent = {**seconds, "write and verify": perf_counter() - started}
    remarks = _remarks(work, plan)
    shown, time_base = work.facts.shown, work.facts.time_base
    findings = Findings(
        tracked,
        shown,
        tuple(plan.times),
        time_base,
        checksum_of(work.source),
        tuple(plan.looked_for),
        work.recipe.margin,
        work.settings.audio.value,
    )
    report = {
        **video_report(
            work.source,
            work.target if rounds else None,
            findings,
            work.recipe,
            work.detectors,
            segmenter=work.segmenter,
        ),
        "codec": work.facts.codec,
        "gate": {"rounds": rounds, "added": added},
        "broken_frames": len(plan.broken),
        "remarks": list(remarks),
        "seconds": {stage: round(each, 3) for stage, each in spent.items()},
    }
    return AnonymizedVideo(work.facts, findings, tuple(plan.broken), report, remarks)


def _write_and_verify(work: VideoWork, plan: HidingPlan) -> tuple[TrackedVideo, int, int]:
    """Return what is hidden in the finished file, how often it was written, and how much the gate added."""
    if work.recipe.method is None:
        return plan.tracked(), 0, 0
    added = 0
    for number in range(1, ROUNDS + 1):
        tracked = plan.tracked()
        still = _still_open(work, tracked, plan, _write(work, tracked, plan, number))
        if not still:
            work.report(1.0)
            return tracked, number, added
        for frame, places in still:
            added += len(places)
            plan.add(frame, places, strengthen(tracked, frame, places).unclaimed)
    raise VerificationError(f"After {ROUNDS} rounds the video still shows something that was to be hidden.")


def _write(work: VideoWork, tracked: TrackedVideo, plan: HidingPlan, number: int) -> Promise:
    """Write the painted frames; later rounds do not move the watcher's bar back."""
    settings = work.settings
    with VideoWriter(work.target, work.source, work.facts, settings.encoder, settings.audio) as writer:
        painter = FramePainter(work.facts, work.recipe, tracked, writer.pixel_format, writer.size)
        items = read(work.source, conceal=settings.conceal, audio=writer.listens)
        for item, painted in in_order(painter.paint, items, workers=settings.workers):
            if isinstance(item, DecodedFrame) and painted is not None:
                _require_length(item, work)
                writer.write(painted, item.time, item.lasts)
                work.report(_share(work, WRITTEN * _done(item, plan) if number == 1 else WRITTEN))
            elif not isinstance(item, DecodedFrame):
                writer.write_audio(item)
    return Promise(work.facts, tuple(plan.times), writer.size, writer.streams)


def _require_length(frame: DecodedFrame, work: VideoWork) -> None:
    """Refuse what lasts too long: silence takes work by its length, and two frames may lie a year apart.

    Raises:
        VideoTooLargeError: The frame ends too late.
    """
    if (frame.time + frame.lasts) * work.facts.time_base > work.settings.limits.max_seconds:
        raise VideoTooLargeError(f"the video is longer than {work.settings.limits.max_seconds} seconds")


def _done(frame: DecodedFrame, plan: HidingPlan) -> float:
    return min((frame.number + 1) / len(plan.times), 1.0)


def _share(work: VideoWork, done: float) -> float:
    """Return which share of the work is done, given which share of what comes after the looking is."""
    return work.looked + (1 - work.looked) * done


def _still_open(
    work: VideoWork, tracked: TrackedVideo, plan: HidingPlan, promise: Promise
) -> list[tuple[int, Detections]]:
    """Return what the finished file still shows, by frame, only if it is as promised."""
    checked_in = places_to_check(tracked, work.settings.check_every)
    chosen = checked_in.keys() - set(plan.broken)

    sources = FramesOnDemand(work.source, chosen, conceal=work.settings.conceal, at_once=AHEAD * work.settings.workers)

    def checked(shown: DecodedFrame) -> Detections:
        number = shown.number
        return exposed_in(
            lambda: as_shown(sources.at(number).picture, work.facts),
            as_shown(shown.picture, work.facts),
            tracked.at(number),
            work.recipe,
            work.detectors,
            tracks=checked_in[number].tracks,
            spared=plan.spared(number),
        )

    frames = (each for each in frames_as_promised(work.target, promise) if each.number in chosen)
    still = []
    for shown, exposed in in_order(checked, frames, workers=work.settings.workers):
        work.report(_share(work, WRITTEN + (1 - WRITTEN) * _done(shown, plan)))
        still += [(shown.number, exposed)] if len(exposed) else []
    return still


def _remarks(work: VideoWork, plan: HidingPlan) -> tuple[str, ...]:
    facts, recipe = work.facts, work.recipe
    remarks = [f"{what} dropped" for what in facts.dropped]
    if facts.audio is not None and work.settings.audio is not AudioPolicy.KEEP:
        remarks.append(f"audio: {work.settings.audio}")
    if facts.lacks_end:
        remarks.append("the end of the file is missing")
    if plan.broken:
        remarks.append(f"{len(plan.broken)} damaged frames are black")
    if recipe.debug:
        remarks.append("debug drawings are made on pictures only")
    return tuple(remarks)
