"""Detections by frame become tracks that cover the frames between, before and after them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.track.association import Chain, Links, link_both_ways
from veil_vision.track.motion import bridge, extend, reach, wobbles
from veil_vision.track.outlines import with_outlines_between_looks
from veil_vision.track.settings import TrackSettings
from veil_vision.track.sightings import Box, Sighting
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.track.tracks import Origin, Place, Track

# Share of the frame from which a place is large. To be hidden there where it is not surely seen an object needs so many
# sightings that count by themselves, and either so large a share of the looks at its frames or one of twice the score.
LARGE, CERTAIN, CERTAIN_SHARE = 1 / 8, 2, 0.2


def link(
    frames: Sequence[Detections | None],
    cuts: Sequence[int],
    size: tuple[int, int],
    rate: float,
    settings: TrackSettings | None = None,
) -> TrackedVideo:
    """Return what to hide in every frame of a video. Every strong detection is in it, in its frame.

    Args:
        frames: What was detected in each frame; None where nobody looked. Segments are looks at outlines: see
            `outlines`.
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
        shot = _Shot(span, looked_at, size, used)
        for object_class in ObjectClass:
            looks = [_sightings(frames[frame], frame, object_class, used) for frame in looked_at]
            links = link_both_ways(looks, max(used.gap_frames(rate), round(2 * shot.stride)))
            found = shot.tracks(links, object_class, first=len(tracks))
            tracks += [with_outlines_between_looks(track, round(used.longest_outline * rate)) for track in found]
    return TrackedVideo(tuple(tracks), len(frames), rate, sum(each is not None for each in frames))


@dataclass(frozen=True, slots=True)
class _Shot:
    """Frames from one cut to the next: first and end, those looked at in order, the frames' size, the settings."""

    span: tuple[int, int]
    looked_at: Sequence[int]
    size: tuple[int, int]
    settings: TrackSettings

    @property
    def stride(self) -> float:
        """Frames from look to look."""
        return (self.span[1] - self.span[0]) / max(len(self.looked_at), 1)

    def tracks(self, links: Links, object_class: ObjectClass, *, first: int) -> Iterator[Track]:
        for number, chain in enumerate(links.chains):
            far = reach(chain, self.stride, self.settings)
            detours = [(before, later) for of, before, later in links.detours if of == number]
            certain = self._is_certain(chain, object_class)
            pairs = [*pairwise(chain), *detours]
            found = [*self._seen(chain, certain=certain), *self._unseen(chain, pairs, far, certain=certain)]
            places = sorted((each for each in found if self._shows(each)), key=lambda each: each.frame)
            yield Track(first + number, object_class, tuple(places), far, self.span)

    def _seen(self, chain: Chain, *, certain: bool) -> Iterator[Place]:
        for each in chain:
            if each.strong or certain or not self._is_large(each.box):
                yield Place(each.frame, each.box, each.score, Origin.DETECTED, each.segment)

    def _unseen(
        self, chain: Chain, pairs: Sequence[tuple[Sighting, Sighting]], far: int, *, certain: bool
    ) -> Iterator[Place]:
        """Yield the places in frames that do not show the object.

        A few false sightings that are large would fog the frames around them. So of what is not certain no place is
        large by its growth, and none is large at all in a frame in which somebody looked and did not see it.
        """
        grown = self._guessed(chain, pairs, far, self.settings)
        if certain:
            yield from grown
            return
        plain = self._guessed(chain, pairs, far, replace(self.settings, most_growth=0.0))
        chosen = (less if self._is_large(more.box) else more for more, less in zip(grown, plain, strict=True))
        yield from (each for each in chosen if not self._looks(each.frame, each.frame) or not self._is_large(each.box))

    def _guessed(
        self, chain: Chain, pairs: Iterable[tuple[Sighting, Sighting]], far: int, settings: TrackSettings
    ) -> Iterator[Place]:
        near = dict(zip(chain, wobbles(chain, settings), strict=True))
        yield from self._between(pairs, near, settings)
        yield from self._beyond(chain, far, near, settings)

    def _between(
        self, pairs: Iterable[tuple[Sighting, Sighting]], wobbles: Mapping[Sighting, Box], settings: TrackSettings
    ) -> Iterator[Place]:
        for before, later in pairs:
            # The later one of a detour may be of another chain.
            wobble = np.maximum(wobbles[before], wobbles.get(later, 0))
            for frame, box in bridge(before, later, wobble, settings):
                nearest = min(before, later, key=lambda each: abs(each.frame - frame))
                yield Place(frame, box, nearest.score, Origin.BRIDGED)

    def _beyond(
        self, chain: Chain, far: int, wobbles: Mapping[Sighting, Box], settings: TrackSettings
    ) -> Iterator[Place]:
        first, last = chain[0].frame, chain[-1].frame
        for end, frames in (
            (chain[0], range(max(first - far, self.span[0]), first)),
            (chain[-1], range(last + 1, min(last + 1 + far, self.span[1]))),
        ):
            for frame, box in extend(chain, frames, wobbles[end], settings):
                yield Place(frame, box, end.score, Origin.EXTENDED)

    def _is_certain(self, chain: Chain, object_class: ObjectClass) -> bool:
        strong = [each.score for each in chain if each.strong]
        if len(strong) < CERTAIN:
            return False
        looks = self._looks(chain[0].frame, chain[-1].frame)
        return len(strong) >= CERTAIN_SHARE * looks or max(strong) >= self.settings.sure_score(object_class)

    def _looks(self, first: int, last: int) -> int:
        """Return in how many frames somebody looked, from one to another."""
        return bisect_right(self.looked_at, last) - bisect_left(self.looked_at, first)

    def _is_large(self, box: Box) -> bool:
        width, height = self.size
        return float((box[2:] - box[:2]).clip(0).prod()) > LARGE * width * height

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
