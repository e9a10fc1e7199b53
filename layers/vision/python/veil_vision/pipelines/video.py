"""A video from the file that came to the file that may leave: look, link, paint and write, look again.

The pixels are read twice, and a third time where the gate is in doubt (decision 0024): what is hidden in a frame
depends on what is seen after it, so the first reading only looks, and what it keeps of a frame are its detections. It
goes by segments, which others may look at too (decision 0044); everything after it is of the video as a whole.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for
from veil_vision.detect.strength import strong_scores
from veil_vision.errors import SegmentError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.free_memory import return_free_memory
from veil_vision.pipelines.segment_looks import SegmentLooks, key_of
from veil_vision.pipelines.shared_segments import Checkpoints, NoCheckpoints, SharedSegments
from veil_vision.pipelines.video_looks import look_at
from veil_vision.pipelines.video_output import (
    LOOKED,
    AnonymizedVideo,
    MonotonicProgress,
    VideoSettings,
    VideoWork,
    finished,
)
from veil_vision.segment.segmenter import Segmenter
from veil_vision.track import TrackedVideo, TrackSettings, link
from veil_vision.track.second_look import strengthen
from veil_vision.video.probe import probe
from veil_vision.video.segments import VideoSegment, segments_of


@dataclass(slots=True, eq=False)
class _PlanFromLooks:
    """What was seen in each frame, and what the gate added to it."""

    work: VideoWork
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

    @property
    def looked_for(self) -> tuple[ObjectClass, ...]:
        """The classes that were looked for."""
        return tuple(self.work.recipe.targets)

    def tracked(self) -> TrackedVideo:
        """Return what was seen, linked, and larger over a whole track where something showed."""
        strong = strong_scores(self.work.recipe, self.work.detectors)
        settings = TrackSettings(thresholds=strong)
        video = link(self.seen.found, self.seen.cuts, self.work.facts.shown, self._rate(), settings)
        for frame, places in self.open_places:
            video = strengthen(video, frame, places).video
        return video

    def spared(self, frame: int) -> Detections:  # noqa: ARG002  # a `HidingPlan`
        """Return nothing: whatever is found is hidden."""
        return Detections.of([])

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
    segmenter: Segmenter | None = None,
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
    checkpoints: Checkpoints | None = None,
) -> AnonymizedVideo:
    """Find, hide, write and verify; the target is a result only once this has returned.

    Args:
        source: The video.
        target: Where the result is written; its suffix does not matter. A method of None writes none.
        recipe: What is hidden and how. Debug drawings are not made of videos, masks by `write_masks`.
        detectors: Those that may look.
        segmenter: Shows the outlines; without one, what should be hidden by its outline is hidden by its box.
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
    used = detectors_for(recipe, detectors)
    work = VideoWork(
        source, target, facts, recipe, settings, used, MonotonicProgress(report), segmenter, LOOKED[recipe.profile.name]
    )
    seen = _shared_segments(work, checkpoints or NoCheckpoints()).all(lambda: work.report(0.0))
    # The encoder comes next and holds about as many frames as looking did.
    return_free_memory()
    return finished(work, _PlanFromLooks(work, seen), {"look": perf_counter() - started})


def look_at_video(
    source: Path,
    recipe: Recipe,
    detectors: Sequence[Detector],
    segmenter: Segmenter | None = None,
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
    # Where in the video this helper looks says nothing of how far all of them are.
    used = detectors_for(recipe, detectors)
    work = VideoWork(
        source, source, facts, recipe, settings, used, lambda _: report(0.0), segmenter, LOOKED[recipe.profile.name]
    )
    with suppress(SegmentError):
        _shared_segments(work, checkpoints).help(lambda share: report(work.looked * share))


def _shared_segments(work: VideoWork, checkpoints: Checkpoints) -> SharedSegments:
    parts = segments_of(work.source, work.settings.segment_seconds)
    models = [(each.name, each.sha256) for each in (*work.detectors, work.segmenter) if each is not None]
    return SharedSegments(
        parts, partial(_look, work), checkpoints, key_of(work.recipe, models, work.facts, work.settings.conceal)
    )


def _look(work: VideoWork, part: VideoSegment) -> SegmentLooks:
    """Return what detectors see, frame by frame; weak sightings too, which count where they continue a track."""
    looks = SegmentLooks()
    for each, found in look_at(work, part):
        looks.add(each.number, each.time, found, each.thumbnail, is_broken=each.is_broken)
    return looks
