"""A photo or video drawn again from what was found in it before: another method, other classes, objects out or in."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.image import Anonymized, finished_image
from veil_vision.pipelines.image_work import opened
from veil_vision.pipelines.video_output import AnonymizedVideo, VideoSettings, VideoWork, finished
from veil_vision.pipelines.video_report import checksum_of
from veil_vision.track import TrackedVideo
from veil_vision.track.changes import AddedObject, ChangedFindings, Changes, changed, with_box
from veil_vision.track.findings import Findings
from veil_vision.track.second_look import strengthen
from veil_vision.video.probe import probe


@dataclass(slots=True, eq=False)
class _PlanFromFindings:
    """What findings say, and what the gate added to it."""

    given: ChangedFindings
    times: Sequence[int]
    broken: Sequence[int]
    looked_for: Sequence[ObjectClass]
    open_places: list[tuple[int, Detections]] = field(default_factory=list)

    def tracked(self) -> TrackedVideo:
        """Return the tracks, larger where something showed."""
        video = self.given.hidden
        for frame, places in self.open_places:
            video = strengthen(video, frame, places).video
        return video

    def spared(self, frame: int) -> Detections:
        """Return what somebody wants to stay visible in a frame."""
        return self.given.spared.at(frame)

    def add(self, frame: int, places: Detections, unclaimed: Detections) -> None:
        """Take in what a frame of the finished file showed; what belongs to no track is hidden in that frame."""
        self.open_places.append((frame, places))
        video = self.given.hidden
        for object_class, box in zip(unclaimed.classes, unclaimed.boxes.tolist(), strict=True):
            video = with_box(video, AddedObject(object_class, tuple(box), frame, frame))
        self.given = self.given._replace(hidden=video)


def render_image(
    data: bytes, findings: Findings, recipe: Recipe, detectors: Sequence[Detector], *, changes: Changes
) -> Anonymized:
    """Hide what was found in a photo before, in another way if the recipe says so; only the gate looks again.

    Args:
        data: The file that the findings are of.
        findings: Of an earlier run.
        recipe: What is hidden and how: classes that it lacks stay visible.
        detectors: Those that may look.
        changes: What of the findings is to be different.

    Raises:
        FindingsError: The findings are of another file, or do not hold what the changes name.
        ImageError: The file is not an image that can be anonymized.
        VerificationError: The result could not be proven safe.
    """
    source = hashlib.sha256(data).hexdigest()
    hidden, spared = (each.at(0) for each in changed(findings, changes, recipe.targets, source=source))
    work = replace(opened(data, recipe, detectors), spared=replace(spared, tracks=()))
    looked_for = [each for each in findings.looked_for if each in recipe.targets]
    return finished_image(work, replace(hidden, tracks=()), looked_for=looked_for)


def render_video(
    source: Path,
    target: Path,
    findings: Findings,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
    changes: Changes,
) -> AnonymizedVideo:
    """Hide what was found in a video before, in another way if the recipe says so; only the gate looks again.

    Args:
        source: The video that the findings are of.
        target: Where the result is written.
        findings: Of an earlier run.
        recipe: What is hidden and how: classes that it lacks stay visible.
        detectors: Those that may look.
        settings: What concerns videos alone.
        report: See `anonymize_video`.
        changes: What of the findings is to be different.

    Raises:
        FindingsError: The findings are of another file, or do not hold what the changes name.
        VideoError: The file is not a video that can be anonymized.
        VerificationError: The result could not be proven safe.
    """
    facts = probe(source, settings.limits)
    given = changed(findings, changes, recipe.targets, source=checksum_of(source))
    work = VideoWork(source, target, facts, recipe, settings, detectors_for(recipe, detectors), report)
    looked_for = [each for each in findings.looked_for if each in recipe.targets]
    return finished(work, _PlanFromFindings(given, findings.times, (), looked_for), {})
