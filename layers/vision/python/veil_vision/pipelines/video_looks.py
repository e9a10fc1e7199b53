"""What is looked at in each frame of a video, and what is seen: searched now and then, in between at a glance.

A search takes ten times a glance, and from one frame to the next little changes. So between two searches the quickest
detectors see each frame whole and small, and what they miss there is looked for where the frames beside show it
(decision 0042). The pixels of a span between two searches are held until the next one is done.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_more
from veil_vision.detect.nearby import at_a_glance, find_near, quick_lookers
from veil_vision.detect.profiles import ProfileName
from veil_vision.detect.strength import WEAK_SHARE, faint, strong_scores, told_apart
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.ordered import in_order
from veil_vision.pipelines.pace import PACES, Pace, Rest, Searches, Sizes, cells_of, with_durations
from veil_vision.pipelines.video_output import Work
from veil_vision.segment.objects import with_looks
from veil_vision.track.cuts import Thumbnail, is_cut, thumbnail
from veil_vision.track.following import NOTHING, IsStrong, LookNear, follow, follow_back
from veil_vision.video.facts import VideoFacts
from veil_vision.video.reader import DecodedFrame
from veil_vision.video.segments import VideoSegment, read_segment
from veil_vision.video.shown_frame import ShownFrame


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """A frame before anything is looked for in it.

    Attributes:
        number: From 0.
        time: When it is shown, in units of the video's time base.
        is_broken: Whether it is damaged.
        shown: The frame as it is shown.
        thumbnail: The same, as small as cuts are told from.
        begins_shot: Whether it is the first of a shot, but for the segment's first.
        searched: Whether it is searched.
        glanced: Whether it is seen at a glance.
        at_rest: Whether it looks like the frame that was looked at last, and what was seen there holds.
        seen_by_all: Whether what is seen in it is what a search saw, of this frame or of the one that it looks like.
    """

    number: int
    time: int
    is_broken: bool
    shown: ShownFrame
    thumbnail: Thumbnail
    begins_shot: bool
    searched: bool
    glanced: bool = False
    at_rest: bool = False
    seen_by_all: bool = False


Looked = tuple[Glimpse, Detections | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A span that was followed, until the next one is: none at the beginning of a shot."""

    glimpses: Sequence[Glimpse] = ()
    seen: list[Detections | None] = field(default_factory=list)

    def looked(self) -> Iterator[Looked]:
        return zip(self.glimpses, self.seen, strict=True)


@dataclass(frozen=True, eq=False)
class _Looking:
    """How the frames of one video are looked at."""

    work: Work
    part: VideoSegment

    def frames(self) -> Iterator[Looked]:
        """Yield every frame and what is seen in it; None where nobody looked."""
        frames = self._glimpses(read_segment(self.work.source, self.part, conceal=self.work.settings.conceal))
        looked = _at_rest(in_order(self._look, frames, workers=self.work.settings.workers))
        yield from self._followed(looked) if self._pace.seconds else looked

    def _followed(self, looked: Iterable[Looked]) -> Iterator[Looked]:
        """Yield what was looked at, with what is found where the frames beside show something.

        A search may miss what the next one shows. So a span waits for the one after it.
        """
        known, waiting = NOTHING, _Waiting()
        for span in spans(looked):
            glimpses = [glimpse for glimpse, _ in span.looked]
            if glimpses[0].begins_shot:
                yield from waiting.looked()
                known, waiting = NOTHING, _Waiting()
            seen, (look_near, is_strong) = [found for _, found in span.looked], self._eyes(glimpses)
            followed = follow(seen, look_near, is_strong, before=known, after=span.after)
            follow_back(waiting.seen, *self._eyes(waiting.glimpses), followed.earlier)
            yield from waiting.looked()
            known, waiting = followed.known, _Waiting(glimpses, followed.seen)
        yield from waiting.looked()

    def _eyes(self, glimpses: Sequence[Glimpse]) -> tuple[LookNear, IsStrong]:
        return partial(self._near, glimpses), partial(self._is_strong, glimpses)

    def _near(self, glimpses: Sequence[Glimpse], index: int, places: Detections) -> Detections:
        quick_first = sorted(self.work.detectors, key=lambda each: each not in self._quick)
        found = find_near(glimpses[index].shown.pixels, places, self.work.recipe, quick_first, share=WEAK_SHARE)
        return faint(found, self._strong)

    def _is_strong(self, glimpses: Sequence[Glimpse], index: int, found: Detections) -> NDArray[np.bool_]:
        """Tell what counts by itself for those who looked at a frame; the one after the last was searched."""
        seen_by_all = index == len(glimpses) or glimpses[index].seen_by_all
        strong = self._strong if seen_by_all else self._strong_at_a_glance
        named = zip(found.classes, found.scores, strict=True)
        return np.array([score >= strong[each] for each, score in named], np.bool_)

    @cached_property
    def _strong(self) -> dict[ObjectClass, float]:
        return strong_scores(self.work.recipe, self.work.detectors)

    @cached_property
    def _strong_at_a_glance(self) -> dict[ObjectClass, float]:
        return strong_scores(self._glance, self._quick)

    @cached_property
    def _pace(self) -> Pace:
        named = self.work.recipe.profile.name if self.work.recipe.grid is None else ProfileName.THOROUGH
        return PACES[named]

    @cached_property
    def _quick(self) -> list[Detector]:
        return quick_lookers(self.work.recipe, self.work.detectors)

    @cached_property
    def _sizes(self) -> Sizes:
        return Sizes.of(self.work.facts.shown, max(each.search_plan.whole_long_side for each in self._quick))

    @cached_property
    def _glance(self) -> Recipe:
        return replace(self.work.recipe, profile=at_a_glance(self.work.recipe.profile, self._quick))

    def _glimpses(self, frames: Iterable[DecodedFrame]) -> Iterator[Glimpse]:
        searches, rest, seen_by_all = Searches(self._pace, self.work.facts), Rest(), False
        before: Thumbnail | None = None
        for frame, lasts in with_durations(frames):
            shown = ShownFrame(frame.picture, self.work.facts)
            small = shown.shrunk(*self._sizes.overview)
            now, cells = thumbnail(small), cells_of(small, self._sizes.cell)
            begins_shot = before is not None and is_cut(before, now)
            searched = searches.takes(frame, cells, now, lasts=lasts, begins_shot=begins_shot)
            before = now
            # Told here, before a span is done: what the watcher raises ends the work within a frame.
            self.work.report(self.work.looked * min((frame.number + 1) / self.work.facts.expected_frames, 1.0))
            looked = searched or self._is_glanced(frame)
            at_rest = looked and rest.holds(cells, searched=searched)
            seen_by_all = searched or (seen_by_all and (at_rest or not looked))
            yield Glimpse(
                frame.number,
                frame.time,
                frame.is_broken,
                shown,
                now,
                begins_shot,
                searched,
                glanced=looked and not searched and not at_rest,
                at_rest=at_rest,
                seen_by_all=seen_by_all,
            )

    def _is_glanced(self, frame: DecodedFrame) -> bool:
        return not frame.is_broken and (frame.number - self.part.first) % self._pace.every == 0

    def _look(self, glimpse: Glimpse) -> Detections | None:
        if glimpse.searched:
            found = seen_in(glimpse.shown.pixels, self.work.recipe, self.work.detectors)
            return self._outlined(glimpse.shown.pixels, found)
        if not glimpse.glanced:
            return None
        small = glimpse.shown.shrunk(*self._sizes.glance)
        return _enlarged(seen_in(small, self._glance, self._quick), small, self.work.facts)

    def _outlined(self, pixels: NDArray[np.uint8], found: Detections) -> Detections:
        """Return what was found in a search with looks at the outlines of what counts by itself."""
        if self.work.facts.pixel_aspect != 1:
            # Frames are painted as they are stored, and no grid is laid over pixels that are not square.
            return found
        named = zip(found.classes, found.scores, strict=True)
        strong = np.array([score >= self._strong[each] for each, score in named], np.bool_)
        return with_looks(pixels, found, self.work.recipe, self.work.segmenter, strong)


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Frames of one shot from a search to the next.

    Attributes:
        looked: The frames from the first search on, without the next one.
        after: What the next search saw, if it is of the same shot.
    """

    looked: Sequence[Looked]
    after: Detections | None


def look_at(work: Work, part: VideoSegment) -> Iterator[Looked]:
    """Yield every frame of a segment of a video and what is seen in it: None where nobody looked.

    Weak sightings are among it: they have scores below all that count by themselves, and count where they continue a
    track.
    """
    return _Looking(work, part).frames()


def spans(looked: Iterable[Looked]) -> Iterator[Span]:
    """Yield the frames of a video by spans. The frame that begins a shot begins a span: it is searched."""
    mine: list[Looked] = []
    for each in looked:
        if each[0].searched and mine:
            yield Span(mine, None if each[0].begins_shot else each[1])
            mine = []
        mine.append(each)
    if mine:
        yield Span(mine, None)


def _at_rest(looked: Iterable[Looked]) -> Iterator[Looked]:
    """Yield frames and what is seen in them; at rest, what was seen in the frame that was looked at last.

    Without its segments: how old an outline may be is not told here.
    """
    last: Detections | None = None
    for glimpse, found in looked:
        if glimpse.at_rest and last is not None:
            yield glimpse, replace(last, segments=())
            continue
        last = last if found is None else found
        yield glimpse, found


def seen_in(pixels: NDArray[np.uint8], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    """Return what is seen in a frame; what counts in a track only has a score below all that count by themselves.

    What models agree on counts by itself, however faint each of them saw it.
    """
    found, weak = find_more(pixels, recipe, detectors, share=WEAK_SHARE)
    return told_apart(found, weak, strong_scores(recipe, detectors))


def _enlarged(found: Detections, small: NDArray[np.uint8], facts: VideoFacts) -> Detections:
    scale = np.array([facts.shown[0] / small.shape[1], facts.shown[1] / small.shape[0]] * 2, np.float32)
    return replace(found, boxes=found.boxes * scale)
