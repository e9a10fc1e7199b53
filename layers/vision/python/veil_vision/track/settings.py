"""How sightings become tracks, and how far tracks reach beyond them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from veil_vision.geometry.object_classes import ObjectClass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """What may be taken for one object, and what is hidden where it was not seen.

    Attributes:
        thresholds: Score by class from which a detection counts by itself. A weaker one counts where it continues a
            track. A class that is not named has no weak ones.
        longest_gap: Seconds between two sightings of one object at most.
        fewest_gap_frames: The same in frames; the longer of the two holds.
        extension: Frames that are hidden before the first and after the last sighting. A track that is seen in every
            n-th frame only gets n - 1 more.
        wobble: Enlargement where an object was not seen, as a multiple of how far it usually is off a straight course.
        assumed_wobble: That distance where too few sightings tell it, as a fraction of the object's size.
        growth: Enlargement per frame of distance from the nearest sighting, as a fraction of the object's size.
        speed_growth: The same, as a fraction of what the object moves in a frame.
        most_growth_frames: Distance from which it grows no further.
        longest_outline: Seconds from one look at the outline of an object to the next at most, if it is to be hidden
            by its outline in between.
        most_growth: By how much it grows on each side at most, as a fraction of the object's size: what is that
            uncertain is no object that anybody follows.
    """

    thresholds: Mapping[ObjectClass, float] = field(default_factory=dict)
    longest_gap: float = 1.0
    fewest_gap_frames: int = 12
    extension: int = 3
    wobble: float = 2.0
    assumed_wobble: float = 0.05
    growth: float = 0.02
    speed_growth: float = 0.25
    most_growth_frames: int = 6
    most_growth: float = 0.5
    longest_outline: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            ValueError: A number is negative.
        """
        numbers = (
            self.longest_gap,
            self.fewest_gap_frames,
            self.extension,
            self.wobble,
            self.assumed_wobble,
            self.growth,
            self.speed_growth,
            self.most_growth_frames,
            self.most_growth,
            self.longest_outline,
        )
        if min(numbers) < 0:
            raise ValueError(f"track settings must not be negative, got {self}")

    def gap_frames(self, rate: float) -> int:
        """Return how many frames two sightings of one object may lie apart, at a rate in frames per second."""
        return max(round(self.longest_gap * rate), self.fewest_gap_frames)

    def is_strong(self, object_class: ObjectClass, score: float) -> bool:
        """Tell whether a detection counts by itself."""
        return score >= self.thresholds.get(object_class, 0.0)

    def sure_score(self, object_class: ObjectClass) -> float:
        """Return a score of which one is as good as many: twice the least that counts, or half of what lacks to 1."""
        least = self.thresholds.get(object_class, 0.0)
        return min(2 * least, (1 + least) / 2)
