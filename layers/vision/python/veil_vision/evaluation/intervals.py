"""How far a measured share or rate may lie from the true one: 95 % intervals.

E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927); the interval of a
rate is the same idea for counts that follow Poisson's law.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    count: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval; all of 0 to 1 where nothing was counted."""
        if not self.count:
            return 0.0, 1.0
        share, extra = self.hits / self.count, Z * Z / self.count
        centre = share + extra / 2
        spread = sqrt(extra * (share * (1 - share) + extra / 4))
        low, high = (centre - spread) / (1 + extra), (centre + spread) / (1 + extra)
        # None and all are exact ends, which rounding would miss by a hair.
        return (low if self.hits else 0.0), (high if self.hits < self.count else 1.0)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many photos; of things that happen independently, which false regions do only roughly."""

    events: int
    photos: int

    @property
    def value(self) -> float:
        """How many in each photo; 0 without photos."""
        return self.events / max(1, self.photos)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The score interval; None without photos."""
        if not self.photos:
            return None
        centre, spread = self.events + Z * Z / 2, Z * sqrt(self.events + Z * Z / 4)
        return (centre - spread) / self.photos if self.events else 0.0, (centre + spread) / self.photos
