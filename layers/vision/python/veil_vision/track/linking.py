"""Detections by frame become tracks that cover the frames between, before and after them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from veil_vision.geometry.detections import Detections, ObjectClass
from veil_vision.track.association import Chain, Links, link_both_ways
from veil_vision.track.motion import bridge, extend, reach, wobble
from veil_vision.track.settings import TrackSettings
from veil_vision.track.sightings import Box, Sighting
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.track.tracks import Origin, Place, Track


def link(
    frames: Sequence[Detections | None],
    cuts: Sequence[int],
    size: tuple[int, int],
    rate: float,
    settings: TrackSettings | None = None,
) -> TrackedVideo:
    """Return what to hide in every frame of a video. Every strong detection is in it, in its frame.

    Args:
        frames: What was detected in each frame; None where nobody looked.
        cuts: First frames of new shots. No track goes across one.
        size: Width and height of the frames in pixels.
        rate: Frames per second, on average.
        settings: How sightings become tracks.

    Raises:
        ValueError: The rate is not positive.
    """
    if not rate > 0:
        raise ValueError(f"a video needs a positive frame rate, got {rate}")
    used = settings or TrackSettings()
    tracks: list[Track] = []
    for span in _shots(len(frames), cuts):
        looked_at = [frame for frame in range(*span) if frames[frame] is not None]
        shot = _Shot(span, (span[1] - span[0]) / max(len(looked_at), 1), size, used)
        for object_class in ObjectClass:
            looks = [_sightings(frames[frame], frame, object_class, used) for frame in looked_at]
            links = link_both_ways(looks, max(used.gap_frames(rate), round(2 * shot.stride)))
            tracks += shot.tracks(links, object_class, first=len(tracks))
    return TrackedVideo(tuple(tracks), len(frames), rate, sum(each is not None for each in frames))


@dataclass(frozen=True, slots=True)
class _Shot:
    """Frames from one cut to the next: first and end, frames from look to look, the frames' size, the settings."""

    span: tuple[int, int]
    stride: float
    size: tuple[int, int]
    settings: TrackSettings

    def tracks(self, links: Links, object_class: ObjectClass, *, first: int) -> Iterator[Track]:
        for number, chain in enumerate(links.chains):
            far = reach(chain, self.stride, self.settings)
            detours = [(before, later) for of, before, later in links.detours if of == number]
            wobbles = wobble(chain, self.settings)
            unseen = [*self._between([*pairwise(chain), *detours], wobbles), *self._beyond(chain, far, wobbles)]
            found = [*_seen(chain), *unseen]
            places = sorted((each for each in found if self._shows(each)), key=lambda each: each.frame)
            yield Track(first + number, object_class, tuple(places), far, self.span)

    def _between(self, pairs: Iterable[tuple[Sighting, Sighting]], wobbles: Box) -> Iterator[Place]:
        for before, later in pairs:
            for frame, box in bridge(before, later, wobbles, self.settings):
                nearest = min(before, later, key=lambda each: abs(each.frame - frame))
                yield Place(frame, box, nearest.score, Origin.BRIDGED)

    def _beyond(self, chain: Chain, far: int, wobbles: Box) -> Iterator[Place]:
        first, last = chain[0].frame, chain[-1].frame
        for end, frames in (
            (chain[0], range(max(first - far, self.span[0]), first)),
            (chain[-1], range(last + 1, min(last + 1 + far, self.span[1]))),
        ):
            for frame, box in extend(chain, frames, wobbles, self.settings):
                yield Place(frame, box, end.score, Origin.EXTENDED)

    def _shows(self, place: Place) -> bool:
        """Tell whether a place has a pixel in the frame. A detection always stays: it may be a line on the border."""
        (x1, y1, x2, y2), (width, height) = place.box.tolist(), self.size
        return place.origin is Origin.DETECTED or (x1 < width and y1 < height and x2 > 0 and y2 > 0)


def _shots(frames: int, cuts: Sequence[int]) -> Iterable[tuple[int, int]]:
    return pairwise([0, *sorted({cut for cut in cuts if 0 < cut < frames}), frames])


def _sightings(
    seen: Detections | None, frame: int, object_class: ObjectClass, settings: TrackSettings
) -> list[Sighting]:
    if seen is None:
        return []
    found = zip(seen.boxes.astype(np.float64), seen.scores.tolist(), seen.classes, seen.segments, strict=True)
    return [
        Sighting(frame, box, score, settings.is_strong(object_class, score), segment)
        for box, score, its_class, segment in found
        if its_class is object_class
    ]


def _seen(chain: Chain) -> Iterator[Place]:
    return (Place(each.frame, each.box, each.score, Origin.DETECTED, each.segment) for each in chain)
