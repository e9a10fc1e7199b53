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

from veil_vision.detect.nearby import find_near
from veil_vision.detect.profiles import ProfileName
from veil_vision.detect.strength import WEAK_SHARE, faint, strong_in, strong_scores
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.pipelines.glances import Glances, seen_in
from veil_vision.pipelines.ordered import in_order
from veil_vision.pipelines.pace import PACES, GlanceSchedule, Pace, SearchSchedule, cells_of, with_durations
from veil_vision.pipelines.video_output import VideoWork
from veil_vision.segment.objects import with_looks
from veil_vision.track.cuts import Thumbnail, is_cut, thumbnail
from veil_vision.track.following import NOTHING, IsStrong, LookNear, follow, follow_back
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.segments import VideoSegment, read_segment
from veil_vision.video.shown_frame import ShownFrame

# What need not be seen in all of a frame as long as it is found where the frames beside show it; measured for faces.
NEARBY_ALONE = frozenset({ObjectClass.FACE})


@dataclass(frozen=True, slots=True, eq=False)
class PlannedFrame:
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
        nearby: Whether `NEARBY_ALONE` is looked for near known places only.
        at_rest: Whether it looks like the frame that was looked at whole last, and what was seen there holds.
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
    nearby: bool = False
    at_rest: bool = False
    seen_by_all: bool = False


Looked = tuple[PlannedFrame, Detections | None]


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Frames of one shot from a search to the next.

    Attributes:
        looked: The frames from the first search on, without the next one.
        after: What the next search saw, if it is of the same shot.
    """

    looked: Sequence[Looked]
    after: Detections | None


@dataclass(frozen=True, slots=True, eq=False)
class _PendingSpan:
    """A span that was followed, until the next one is: none at the beginning of a shot."""

    planned_frames: Sequence[PlannedFrame] = ()
    seen: list[Detections | None] = field(default_factory=list)

    def looked(self) -> Iterator[Looked]:
        return zip(self.planned_frames, self.seen, strict=True)


@dataclass(frozen=True, eq=False)
class _SegmentLooker:
    """How the frames of one video are looked at."""

    work: VideoWork
    part: VideoSegment

    def frames(self) -> Iterator[Looked]:
        """Yield every frame and what is seen in it; None where nobody looked."""
        frames = self._planned_frames(read_segment(self.work.source, self.part, conceal=self.work.settings.conceal))
        looked = _at_rest(in_order(self._look, frames, workers=self.work.settings.workers))
        yield from self._followed(looked) if self._pace.seconds else looked

    def _followed(self, looked: Iterable[Looked]) -> Iterator[Looked]:
        """Yield what was looked at, with what is found where the frames beside show something.

        A search may miss what the next one shows. So a span waits for the one after it.
        """
        known, waiting = NOTHING, _PendingSpan()
        for span in spans(looked):
            planned_frames = [planned for planned, _ in span.looked]
            if planned_frames[0].begins_shot:
                yield from waiting.looked()
                known, waiting = NOTHING, _PendingSpan()
            seen, (look_near, is_strong) = self._with_near_looks(span), self._how_to_follow(planned_frames)
            followed = follow(seen, look_near, is_strong, before=known, after=span.after)
            follow_back(waiting.seen, *self._how_to_follow(waiting.planned_frames), followed.earlier)
            yield from waiting.looked()
            known, waiting = followed.known, _PendingSpan(planned_frames, followed.seen)
        yield from waiting.looked()

    def _with_near_looks(self, span: Span) -> list[Detections | None]:
        """Return what is seen in the frames of a span, those too in which some classes are looked for nearby alone.

        Where that would cost as much as a glance for them, it is one after all.
        """
        seen = [found for _, found in span.looked]
        if all(self._close.cost_more_than_near(self._known(found)) for found in (seen[0], span.after)):
            return seen
        nearby = ((index, planned) for index, (planned, _) in enumerate(span.looked) if planned.nearby)
        workers = self.work.settings.workers
        for (index, _), found in in_order(lambda each: self._close.at(each[1].shown), nearby, workers=workers):
            seen[index] = Detections.concat([seen[index] or NOTHING, found])
        return seen

    def _known(self, found: Detections | None) -> Detections:
        """Return what counts of a search, of the classes that may be looked for nearby alone."""
        if found is None:
            return NOTHING
        close = np.array([each in self._close.recipe.targets for each in found.classes], np.bool_)
        return found.select(close & strong_in(found, self._strong))

    def _how_to_follow(self, planned_frames: Sequence[PlannedFrame]) -> tuple[LookNear, IsStrong]:
        return partial(self._near, planned_frames), partial(self._is_strong, planned_frames)

    def _near(self, planned_frames: Sequence[PlannedFrame], index: int, places: Detections) -> Detections:
        quick_first = sorted(self.work.detectors, key=lambda each: each not in self._glances.quick)
        planned = planned_frames[index]
        found = find_near(
            planned.shown.pixels,
            places,
            self.work.recipe,
            quick_first,
            share=WEAK_SHARE,
            small_first=planned.nearby,
        )
        return faint(found, self._strong)

    def _is_strong(self, planned_frames: Sequence[PlannedFrame], index: int, found: Detections) -> NDArray[np.bool_]:
        """Tell what counts by itself for those who looked at a frame; the one after the last was searched."""
        seen_by_all = index == len(planned_frames) or planned_frames[index].seen_by_all
        return strong_in(found, self._strong if seen_by_all else self._glances.strong)

    @cached_property
    def _strong(self) -> dict[ObjectClass, float]:
        return strong_scores(self.work.recipe, self.work.detectors)

    @cached_property
    def _pace(self) -> Pace:
        named = self.work.recipe.profile.name if self.work.recipe.grid is None else ProfileName.THOROUGH
        return PACES[named] if self._close.quick else replace(PACES[named], glance=0.0)

    @cached_property
    def _glances(self) -> Glances:
        return Glances(self.work.recipe, self.work.detectors, self.work.facts)

    @cached_property
    def _close(self) -> Glances:
        return self._glances.only(NEARBY_ALONE)

    @cached_property
    def _others(self) -> Glances:
        return self._glances.only({*ObjectClass} - NEARBY_ALONE)

    def _planned_frames(self, frames: Iterable[DecodedFrame]) -> Iterator[PlannedFrame]:
        searches, glances = SearchSchedule(self._pace, self.work.facts), GlanceSchedule(self._pace, self.work.facts)
        seen_by_all, sizes = False, self._glances.sizes
        before: Thumbnail | None = None
        for frame, lasts in with_durations(frames):
            shown = ShownFrame(frame.picture, self.work.facts)
            small = shown.shrunk(*sizes.overview)
            now, cells = thumbnail(small), cells_of(small, sizes.cell)
            begins_shot = before is not None and is_cut(before, now)
            searched = searches.takes(frame, cells, now, lasts=lasts, begins_shot=begins_shot)
            before = now
            # Told here, before a span is done: what the watcher raises ends the work within a frame.
            self.work.report(self.work.looked * min((frame.number + 1) / self.work.facts.expected_frames, 1.0))
            looked = searched or self._is_looked_at(frame)
            at_rest = looked and not searched and glances.holds(cells)
            whole = looked and not at_rest and glances.takes(frame, cells, lasts=lasts, searched=searched)
            # Of the frame that was looked at whole last.
            seen_by_all = searched or (seen_by_all and not whole)
            yield PlannedFrame(
                frame.number,
                frame.time,
                frame.is_broken,
                shown,
                now,
                begins_shot,
                searched,
                glanced=whole and not searched,
                nearby=looked and not whole and not at_rest,
                at_rest=at_rest,
                seen_by_all=seen_by_all and (whole or at_rest),
            )

    def _is_looked_at(self, frame: DecodedFrame) -> bool:
        return not frame.is_broken and (frame.number - self.part.first) % self._pace.every == 0

    def _look(self, planned: PlannedFrame) -> Detections | None:
        if planned.searched:
            found = seen_in(planned.shown.pixels, self.work.recipe, self.work.detectors)
            return self._outlined(planned.shown.pixels, found)
        if planned.nearby:
            return self._others.at(planned.shown)
        return self._glances.at(planned.shown) if planned.glanced else None

    def _outlined(self, pixels: NDArray[np.uint8], found: Detections) -> Detections:
        """Return what was found in a search with looks at the outlines of what counts by itself."""
        if self.work.facts.pixel_aspect != 1:
            # Frames are painted as they are stored, and no grid is laid over pixels that are not square.
            return found
        return with_looks(pixels, found, self.work.recipe, self.work.segmenter, strong_in(found, self._strong))


def look_at(work: VideoWork, part: VideoSegment) -> Iterator[Looked]:
    """Yield every frame of a segment of a video and what is seen in it: None where nobody looked.

    Weak sightings are among it: they have scores below all that count by themselves, and count where they continue a
    track.
    """
    return _SegmentLooker(work, part).frames()


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
    """Yield frames and what is seen in them; at rest, what was seen in the frame that was looked at whole last.

    Without its segments: how old an outline may be is not told here.
    """
    last: Detections | None = None
    for planned, found in looked:
        if planned.at_rest and last is not None:
            yield planned, replace(last, segments=())
            continue
        last = last if found is None or planned.nearby else found
        yield planned, found
