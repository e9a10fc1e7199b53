"""Findings with changes: what stays visible of what was found, and what is hidden besides."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from veil_vision.errors import FindingsError
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.findings import Findings
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.track.tracks import Origin, Place, Track


@dataclass(frozen=True, slots=True)
class AddedObject:
    """Something that nobody found.

    Attributes:
        object_class: What it is.
        box: x1 y1 x2 y2 in pixels of the frame as it is shown, or of the upright photo.
        first: The first frame that shows it.
        last: The last one; None for the last of all.
    """

    object_class: ObjectClass
    box: tuple[float, float, float, float]
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different from what was found.

    Attributes:
        without: Numbers of tracks that stay visible.
        added: What is hidden besides.
    """

    without: tuple[int, ...] = ()
    added: tuple[AddedObject, ...] = ()


class ChangedFindings(NamedTuple):
    """Findings, divided.

    Attributes:
        hidden: What is to be hidden.
        spared: What stays visible though its class is hidden.
    """

    hidden: TrackedVideo
    spared: TrackedVideo


def changed(findings: Findings, changes: Changes, classes: Collection[ObjectClass], *, source: str) -> ChangedFindings:
    """Return what is to be hidden of the file with the checksum `source`, if only these classes are.

    Raises:
        FindingsError: The findings are of another file, nobody looked for a class or it is not hidden, there is no such
            track or frame, or what is added lies outside of all frames.
    """
    if source != findings.source:
        raise FindingsError("The findings are of another file.")
    for each in set(classes) - {*findings.looked_for, *(box.object_class for box in changes.added)}:
        raise FindingsError(f"Nobody looked for this class in that run: {each}.")
    for each in {box.object_class for box in changes.added} - set(classes):
        raise FindingsError(f"What is added is of a class that is not hidden: {each}.")
    tracks = findings.video.tracks
    if missing := set(changes.without) - {track.number for track in tracks}:
        raise FindingsError(f"Nothing that was found has the number {min(missing)}.")
    if outside := [each.box for each in changes.added if not _is_within(each.box, findings.size)]:
        width, height = findings.size
        raise FindingsError(f"What is added at {_words(outside[0])} lies outside of {width}x{height} pixels.")
    asked = [track for track in tracks if track.object_class in classes]
    kept, spared = (
        replace(
            findings.video, tracks=tuple(track for track in asked if (track.number in changes.without) is is_spared)
        )
        for is_spared in (False, True)
    )
    for box in changes.added:
        kept = with_box(kept, box, number=_free_number(kept, findings.video))
    return ChangedFindings(kept, spared)


def with_box(video: TrackedVideo, added: AddedObject, *, number: int | None = None) -> TrackedVideo:
    """Return the video with a track of one box more; it has the next free number unless one is given.

    Raises:
        FindingsError: The video has no such frames.
    """
    last = video.frames - 1 if added.last is None else added.last
    if not 0 <= added.first <= last < video.frames:
        raise FindingsError(f"There are frames 0 to {video.frames - 1}, not {added.first} to {last}.")
    box = np.array(added.box, dtype=np.float64)
    places = tuple(Place(frame, box, 1.0, Origin.DETECTED) for frame in range(added.first, last + 1))
    number = _free_number(video) if number is None else number
    return replace(video, tracks=(*video.tracks, Track(number, added.object_class, places, 0, (added.first, last + 1))))


def _is_within(box: tuple[float, float, float, float], size: tuple[int, int]) -> bool:
    left, top, right, bottom = box
    return left < size[0] and top < size[1] and right > 0 and bottom > 0


def _words(box: tuple[float, float, float, float]) -> str:
    return ",".join(f"{each:g}" for each in box)


def _free_number(*videos: TrackedVideo) -> int:
    return 1 + max((track.number for video in videos for track in video.tracks), default=-1)
