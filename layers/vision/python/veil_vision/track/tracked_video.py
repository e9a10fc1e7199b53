"""All objects through a whole video, frame by frame."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from veil_vision.geometry.detections import Detections
from veil_vision.track.ledger import Ledger, ledger_of
from veil_vision.track.tracks import Place, Track


@dataclass(frozen=True, slots=True, eq=False)
class TrackedVideo:
    """What to hide in each frame.

    Attributes:
        tracks: By number.
        frames: How many frames the video has.
        rate: Frames per second, on average.
        looked_at: How many of the frames a detector saw.
    """

    tracks: tuple[Track, ...]
    frames: int
    rate: float
    looked_at: int
    _by_frame: dict[int, list[tuple[Track, Place]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the places by frame."""
        by_frame: dict[int, list[tuple[Track, Place]]] = defaultdict(list)
        for track in self.tracks:
            for place in track.places:
                by_frame[place.frame].append((track, place))
        object.__setattr__(self, "_by_frame", dict(by_frame))

    @property
    def ledger(self) -> Ledger:
        """What was seen of each object, what was filled in, and how much may have stayed open."""
        return ledger_of(self.tracks, rate=self.rate, stride=self.frames / max(self.looked_at, 1))

    def at(self, frame: int) -> Detections:
        """Return what to hide in a frame: raw detections, and what tracks add to them. `tracks` holds their numbers.

        Raises:
            IndexError: The video has no such frame.
        """
        if not 0 <= frame < self.frames:
            raise IndexError(f"frame {frame} of a video of {self.frames} frames")
        return _detections(self._by_frame.get(frame, []))


def _detections(found: Sequence[tuple[Track, Place]]) -> Detections:
    return Detections(
        np.array([place.box for _, place in found], dtype=np.float32).reshape(-1, 4),
        np.array([place.score for _, place in found], dtype=np.float32),
        tuple(track.object_class for track, _ in found),
        tuple(place.segment for _, place in found),
        tuple(track.number for track, _ in found),
    )
