"""A video from the file that came to the file that may leave: look, link, paint and write, look again.

The pixels are read twice, and a third time by the gate (decision 0024): what is hidden in a frame depends on what is
seen after it, so the first reading only looks, and what it keeps of a frame are its detections. It goes by segments,
which others may look at too (decision 0044); everything after it is of the video as a whole.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for, find_more
from veil_vision.detect.profiles import ProfileName
from veil_vision.detect.thresholds import threshold_of
from veil_vision.errors import SegmentError
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.ordered import in_order
from veil_vision.pipelines.segment_looks import SegmentLooks, key_of
from veil_vision.pipelines.side_by_side import Checkpoints, SideBySide, Unkept
from veil_vision.pipelines.video_output import LOOKED, AnonymizedVideo, Rising, VideoSettings, Work, finished
from veil_vision.track import TrackedVideo, TrackSettings, link
from veil_vision.track.cuts import Thumbnail, thumbnail
from veil_vision.track.second_look import strengthen
from veil_vision.video.frames import as_shown
from veil_vision.video.reader import DecodedFrame, probe
from veil_vision.video.segments import VideoSegment, read_segment, segments_of

# Frames from one look to the next. Only every frame keeps exposure where it is promised to be: see docs/detection.md.
STRIDES = {ProfileName.FAST: 2, ProfileName.BALANCED: 1, ProfileName.THOROUGH: 1}
# Down to this share of its threshold a detection continues a track; it starts none.
WEAK_SHARE = 0.7


@dataclass(slots=True, eq=False)
class _Looks:
    """What was seen in each frame, and what the gate added to it."""

    work: Work
    seen: SegmentLooks
    open_places: list[tuple[int, Detections]] = field(default_factory=list)

    @property
    def times(self) -> Sequence[int]:
        """When each frame is shown, in units of the source's time base."""
        return self.seen.times

    @property
    def broken(self) -> Sequence[int]:
        """Numbers of the frames that are damaged."""
        return self.seen.broken

    def tracked(self) -> TrackedVideo:
        """Return what was seen, linked, and larger over a whole track where something showed."""
        facts, settings = self.work.facts, TrackSettings(thresholds=_strong(self.work))
        video = link(self.seen.found, self.seen.cuts, facts.shown, self._rate(), settings)
        for frame, places in self.open_places:
            video = strengthen(video, frame, places).video
        return video

    def add(self, frame: int, places: Detections, unclaimed: Detections) -> None:
        """Take in what a frame of the finished file showed; what belongs to no track starts one of its own."""
        self.open_places.append((frame, places))
        if len(unclaimed):
            certain = replace(unclaimed, scores=np.ones_like(unclaimed.scores))
            self.seen.found[frame] = Detections.concat([self.seen.found[frame] or Detections.of([]), certain])

    def _rate(self) -> float:
        """Return frames per second as they are shown: what containers tell of it is often wrong."""
        lasts = (self.times[-1] - self.times[0]) * self.work.facts.time_base
        return float((len(self.times) - 1) / lasts) if lasts else float(self.work.facts.rate)


def anonymize_video(
    source: Path,
    target: Path,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
    checkpoints: Checkpoints | None = None,
) -> AnonymizedVideo:
    """Find, hide, write and verify; the target is a result only once this has returned.

    Args:
        source: The video.
        target: Where the result is written; its suffix does not matter. A look of None writes none.
        recipe: What is hidden and how. Outlines and debug drawings are not made of videos, masks by `write_masks`.
        detectors: Those that may look.
        settings: What concerns videos alone.
        report: Told after each frame how much is done, from 0 to 1; what it raises ends the work.
        checkpoints: What earlier runs and helpers saw, and where this run keeps what it sees; None for nowhere.

    Raises:
        VideoError: The file is not a video that can be anonymized.
        ModelError: A class has no detector.
        VerificationError: The result could not be proven safe.
    """
    started = perf_counter()
    facts = probe(source, settings.limits)
    work = Work(source, target, facts, recipe, settings, detectors_for(recipe, detectors), Rising(report))
    seen = _looking(work, checkpoints or Unkept()).all(lambda: work.report(0.0))
    return finished(work, _Looks(work, seen), {"look": perf_counter() - started})


def look_at_video(
    source: Path,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
    checkpoints: Checkpoints,
) -> None:
    """Look at the segments of a video that nobody else looks at, for whoever anonymizes it.

    Raises:
        VideoError: The file is not a video that can be anonymized.
        ModelError: A class has no detector.
    """
    facts = probe(source, settings.limits)
    work = Work(source, source, facts, recipe, settings, detectors_for(recipe, detectors), report)
    with suppress(SegmentError):
        _looking(work, checkpoints).help()


def _looking(work: Work, checkpoints: Checkpoints) -> SideBySide:
    parts = segments_of(work.source, work.settings.segment_seconds)
    models = [(each.name, each.sha256) for each in work.detectors]
    return SideBySide(
        parts, partial(_look, work), checkpoints, key_of(work.recipe, models, work.facts, work.settings.conceal)
    )


def _look(work: Work, part: VideoSegment) -> SegmentLooks:
    """Return what detectors see, frame by frame; weak sightings too, which count where they continue a track."""
    stride = STRIDES[work.recipe.profile.name]
    looks = SegmentLooks()

    def seen(frame: DecodedFrame) -> tuple[Detections | None, Thumbnail]:
        pixels = as_shown(frame.picture, work.facts)
        looked = (frame.number - part.first) % stride == 0 and not frame.is_broken
        return _seen(work, pixels) if looked else None, thumbnail(pixels)

    frames = read_segment(work.source, part, conceal=work.settings.conceal)
    for frame, (found, small) in in_order(seen, frames, workers=work.settings.workers):
        looks.add(frame, found, small)
        work.report(LOOKED * min((frame.number + 1) / work.facts.expected_frames, 1.0))
    return looks


def _seen(work: Work, pixels: NDArray[np.uint8]) -> Detections:
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


def _strong(work: Work) -> dict[ObjectClass, float]:
    """Return the least score from which a detection of any model counts by itself."""
    recipe = work.recipe
    return {
        each: min(threshold_of(detector, each, recipe) for detector in recipe.profile.looking(work.detectors, each))
        for each in recipe.targets
    }
