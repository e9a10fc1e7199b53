"""What is done about regions whose look still reads as what it hides."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedies:
    """The regions, by the index of their detection, that are drawn otherwise than asked.

    Attributes:
        widened: Drawn with a larger margin.
        blackened: Painted black, and widened before.
    """

    widened: frozenset[int] = frozenset()
    blackened: frozenset[int] = frozenset()

    def stronger(self, revealing: Iterable[int]) -> "Remedies":
        """Return the remedies for regions that still reveal: first a wider region, then black."""
        again = self.widened.intersection(revealing)
        return Remedies(self.widened.union(revealing), self.blackened | again)
