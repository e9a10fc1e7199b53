"""Segments of a video looked at by several, in any order, each as good as once."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import sleep
from typing import Protocol

from veil_vision.errors import SegmentError
from veil_vision.pipelines.segment_looks import SegmentLooks, read_looks, write_looks
from veil_vision.video.segments import WHOLE, VideoSegment

# How long to wait before asking again for what somebody else is looking at.
PAUSE_SECONDS = 0.25


class Checkpoints(Protocol):
    """What is kept of segments that were looked at, and who is looking at which."""

    def load(self, number: int) -> bytes | None:
        """Return what was saved of a segment, or None."""

    def save(self, number: int, looks: bytes) -> None:
        """Keep what was seen in a segment."""

    def kept(self) -> int:
        """Return how many segments were saved, by whomever."""

    def claimed(self, number: int) -> AbstractContextManager[bool]:
        """Say, for the time of the block, whether a segment is the caller's to look at."""


class NoCheckpoints:
    """The checkpoints of a run that works alone and keeps nothing."""

    def load(self, number: int) -> bytes | None:  # noqa: ARG002  # the protocol asks for it
        """Return None."""
        return None

    def save(self, number: int, looks: bytes) -> None:
        """Keep nothing."""

    def kept(self) -> int:
        """Return 0."""
        return 0

    def claimed(self, number: int) -> AbstractContextManager[bool]:  # noqa: ARG002  # the protocol asks for it
        """Say that every segment is the caller's."""
        return nullcontext(enter_result=True)


@dataclass(frozen=True, slots=True)
class SharedSegments:
    """The segments of one video and how they are looked at.

    Attributes:
        parts: All segments.
        look: Looks at one.
        checkpoints: What others and earlier runs have done.
        key: What a checkpoint must name to be taken for one of these looks.
    """

    parts: Sequence[VideoSegment]
    look: Callable[[VideoSegment], SegmentLooks]
    checkpoints: Checkpoints
    key: str

    def help(self, report: Callable[[float], None]) -> None:
        """Look once at every segment that is the caller's and was not looked at.

        After each, `report` is told which share of all segments somebody has looked at.

        Raises:
            SegmentError: The video cannot be looked at in segments.
        """
        for part in self.parts:
            with self.checkpoints.claimed(part.number) as is_ours:
                if is_ours and self._kept(part) is None:
                    self._look_at(part)
                    report(min(self.checkpoints.kept() / len(self.parts), 1.0))

    def all(self, report: Callable[[], None]) -> SegmentLooks:
        """Return what is seen in the video, by whomever; `report` is called while waiting for others."""
        try:
            return SegmentLooks.joined(self._one_by_one(report))
        except SegmentError:
            return self.look(WHOLE)

    def _one_by_one(self, report: Callable[[], None]) -> list[SegmentLooks]:
        done: dict[int, SegmentLooks] = {}
        while missing := [part for part in self.parts if part.number not in done]:
            seen = {part.number: self._seen(part) for part in missing}
            new = {number: looks for number, looks in seen.items() if looks is not None}
            done |= new
            if not new:
                report()
                sleep(PAUSE_SECONDS)
        return [done[part.number] for part in self.parts]

    def _seen(self, part: VideoSegment) -> SegmentLooks | None:
        """Return what is seen in a segment, or None where somebody else is still looking."""
        with self.checkpoints.claimed(part.number) as is_ours:
            kept = self._kept(part)
            if kept is not None or not is_ours:
                return kept
            return self._look_at(part)

    def _look_at(self, part: VideoSegment) -> SegmentLooks:
        looks = self.look(part)
        self.checkpoints.save(part.number, write_looks(looks, self._key(part)))
        return looks

    def _kept(self, part: VideoSegment) -> SegmentLooks | None:
        kept = self.checkpoints.load(part.number)
        try:
            return None if kept is None else read_looks(kept, self._key(part))
        except ValueError:
            # Of another version of Veil, or half a file: it is made again.
            return None

    def _key(self, part: VideoSegment) -> str:
        return f"{self.key} {part.first} {part.start} {part.end}"
