"""A video drawn again from what was found in it before: another method, other classes, tracks taken out or put in."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for
from veil_vision.errors import FindingsError
from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.video_output import AnonymizedVideo, VideoSettings, Work, finished
from veil_vision.track import TrackedVideo
from veil_vision.track.findings import Findings
from veil_vision.track.second_look import strengthen
from veil_vision.track.tracks import Origin, Place, Track
from veil_vision.video.reader import probe


@dataclass(frozen=True, slots=True)
class AddedBox:
    """Something that nobody found.

    Attributes:
        object_class: What it is.
        first, last: The frames that show it, both included.
        box: x1 y1 x2 y2 in pixels of the frame as it is shown.
    """

    object_class: ObjectClass
    first: int
    last: int
    box: tuple[float, float, float, float]


@dataclass(slots=True, eq=False)
class _Given:
    """What findings say, and what the gate added to it."""

    video: TrackedVideo
    times: Sequence[int]
    broken: Sequence[int]
    open_places: list[tuple[int, Detections]] = field(default_factory=list)

    def tracked(self) -> TrackedVideo:
        """Return the tracks, larger where something showed."""
        video = self.video
        for frame, places in self.open_places:
            video = strengthen(video, frame, places).video
        return video

    def add(self, frame: int, places: Detections, unclaimed: Detections) -> None:
        """Take in what a frame of the finished file showed; what belongs to no track is hidden in that frame."""
        self.open_places.append((frame, places))
        for object_class, box in zip(unclaimed.classes, unclaimed.boxes.tolist(), strict=True):
            self.video = _with(self.video, AddedBox(object_class, frame, frame, tuple(box)))


def render_video(
    source: Path,
    target: Path,
    findings: Findings,
    recipe: Recipe,
    detectors: Sequence[Detector],
    *,
    settings: VideoSettings,
    report: Callable[[float], None],
    without: Collection[int] = (),
    added: Sequence[AddedBox] = (),
) -> AnonymizedVideo:
    """Hide what was found before, in another way if the recipe says so; only the gate looks again.

    Args:
        source: The video that the findings are of.
        target: Where the result is written.
        findings: Of an earlier run.
        recipe: What is hidden and how: classes that it lacks stay visible.
        detectors: Those that may look.
        settings: What concerns videos alone.
        report: See `anonymize_video`.
        without: Numbers of tracks that stay visible.
        added: What nobody found.

    Raises:
        FindingsError: The findings are of another video, or have no such track.
        VideoError: The file is not a video that can be anonymized.
        VerificationError: The result could not be proven safe.
    """
    facts = probe(source, settings.limits)
    if (facts.shown, facts.time_base) != (findings.size, findings.time_base):
        raise FindingsError("The findings are of another video.")
    video = _without(findings.video, without, recipe)
    for each in added:
        if not 0 <= each.first <= each.last < video.frames:
            raise FindingsError(f"The video has frames 0 to {video.frames - 1}, not {each.first} to {each.last}.")
        video = _with(video, each)
    work = Work(source, target, facts, recipe, settings, detectors_for(recipe, detectors), report)
    try:
        return finished(work, _Given(video, findings.times, ()), {})
    except IndexError as error:
        raise FindingsError("The findings are of a shorter video.") from error


def _without(video: TrackedVideo, tracks: Collection[int], recipe: Recipe) -> TrackedVideo:
    missing = set(tracks) - {track.number for track in video.tracks}
    if missing:
        raise FindingsError(f"There is no track {min(missing)}.")
    kept = (track for track in video.tracks if track.number not in tracks and track.object_class in recipe.targets)
    return replace(video, tracks=tuple(kept))


def _with(video: TrackedVideo, added: AddedBox) -> TrackedVideo:
    """Return the video with a track of one box more."""
    number = 1 + max((track.number for track in video.tracks), default=-1)
    frames = range(added.first, added.last + 1)
    box = np.array(added.box, dtype=np.float64)
    places = tuple(Place(frame, box, 1.0, Origin.DETECTED) for frame in frames)
    track = Track(number, added.object_class, places, 0, (added.first, added.last + 1))
    return replace(video, tracks=(*video.tracks, track))
