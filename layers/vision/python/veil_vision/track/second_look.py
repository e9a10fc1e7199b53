"""Where a finished video is looked at again, and what follows for a track of which something still shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from veil_vision.geometry.boxes import area, intersection
from veil_vision.geometry.detections import Detections
from veil_vision.track.sightings import Box
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.track.tracks import Origin, Place, Track

# What shows and is this much larger than a track's place is another object, or none: a track that grew to hold it would
# hide half the video.
MOST_LARGER = 2


@dataclass(frozen=True, slots=True, eq=False)
class StrengthenedVideo:
    """What follows from a second look.

    Attributes:
        video: With larger places, in all its frames, for each track beside which something showed.
        unclaimed: What showed beside no track. It is an object of its own: to be linked with the other detections.
    """

    video: TrackedVideo
    unclaimed: Detections


def places_to_check(video: TrackedVideo, every: int) -> dict[int, Detections]:
    """Return by frame the places around which to look again: those of each track that may tell most, and a sample.

    Of a track these are its largest and its least certain sighting, the place farthest from any sighting, and its first
    and last one. The sample is all that is hidden in every n-th frame.

    Raises:
        ValueError: `every` is less than 1.
    """
    if every < 1:
        raise ValueError(f"every n-th frame needs an n of at least 1, got {every}")
    telling: dict[int, set[int | None]] = defaultdict(set)
    for track in video.tracks:
        for frame in _telling(track) if track.places else ():
            telling[frame].add(track.number)
    sample = range(0, video.frames, every)
    chosen = {frame: video.at(frame) for frame in sorted({*telling, *sample})}
    mine = {
        frame: hidden
        if frame in sample
        else hidden.select(np.array([each in telling[frame] for each in hidden.tracks]))
        for frame, hidden in chosen.items()
    }
    return {frame: places for frame, places in mine.items() if len(places)}


def strengthen(video: TrackedVideo, frame: int, exposed: Detections) -> StrengthenedVideo:
    """Return the video with everything hidden that showed in a frame, over the whole of the track it belongs to.

    It belongs to the track of its class that covers most of it, if that is no far smaller one. That one grows on each
    side, in every frame by the same share of its size, as far as is needed in this one.
    """
    grown: dict[int, Box] = {}
    unclaimed: list[int] = []
    hidden = video.at(frame)
    for index, box in enumerate(exposed.boxes.astype(np.float64)):
        mine = hidden.select(np.array([each is exposed.classes[index] for each in hidden.classes], dtype=np.bool_))
        shared = intersection(exposed.boxes[index : index + 1], mine.boxes)[0]
        shared[area(mine.boxes) * MOST_LARGER < area(exposed.boxes[index : index + 1])] = 0
        if not shared.max(initial=0):
            unclaimed.append(index)
            continue
        nearest = int(np.argmax(shared))
        number = mine.tracks[nearest]
        if number is not None:
            need = _shares(mine.boxes[nearest].astype(np.float64), box)
            grown[number] = np.maximum(grown.get(number, np.zeros(4)), need)
    tracks = tuple(_grown(track, grown.get(track.number)) for track in video.tracks)
    return StrengthenedVideo(replace(video, tracks=tracks), exposed.select(np.array(unclaimed, dtype=np.intp)))


def _telling(track: Track) -> Iterator[int]:
    seen = [place for place in track.places if place.origin is Origin.DETECTED]
    frames = np.array([place.frame for place in seen])
    yield from (seen[0].frame, seen[-1].frame)
    yield max(seen, key=_size).frame
    yield min(seen, key=lambda place: place.score).frame
    yield max(track.places, key=lambda place: int(np.abs(frames - place.frame).min())).frame


def _size(place: Place) -> float:
    return float((place.box[2:] - place.box[:2]).prod())


def _shares(box: Box, wanted: Box) -> Box:
    """Return by how much each side of a box must move outward to hold another one, as a share of the box's size."""
    sides = np.tile((box[2:] - box[:2]).clip(1), 2)
    return np.asarray(((wanted - box) * np.array([-1, -1, 1, 1])).clip(0) / sides)


def _grown(track: Track, shares: Box | None) -> Track:
    return track if shares is None else replace(track, places=tuple(_larger(track.places, shares)))


def _larger(places: Iterable[Place], shares: Box) -> Iterator[Place]:
    for place in places:
        sides = np.tile((place.box[2:] - place.box[:2]).clip(1), 2)
        # An outline that something showed beside is not to be believed any more.
        yield replace(place, box=place.box + shares * sides * np.array([-1, -1, 1, 1]), segment=None)
