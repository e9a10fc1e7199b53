"""What stored numbers mean as light: any curve is read, a few known ones are written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float64]
Function = Callable[[Levels], Levels]

# Steps of lightness (CIE L*, 0 to 100) by which a curve may differ from a known one; one step is about what is seen.
MOST_DIFFERENCE = 0.25
# A multiple of 255, so that every level of eight bits is looked at.
_LEVELS = np.linspace(0, 1, 4 * 255 + 1)


@dataclass(frozen=True, slots=True)
class Curve:
    """From a stored number to light, both 0 to 1, as ICC.1:2022 section 10.18 writes it.

    (a x + b) ** gamma + above where x is at least `start`, slope x + below elsewhere.
    """

    gamma: float
    a: float = 1
    b: float = 0
    slope: float = 0
    start: float = 0
    above: float = 0
    below: float = 0

    def __call__(self, stored: Levels) -> Levels:
        """Return light; whatever the numbers are, it lies between 0 and 1."""
        with np.errstate(all="ignore"):
            power = np.maximum(self.a * stored + self.b, 0) ** self.gamma + self.above
            light: Levels = np.where(stored >= self.start, power, self.slope * stored + self.below)
        return np.nan_to_num(light).clip(0, 1)


SRGB = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CURVE = "sRGB curve"
KNOWN_CURVES = MappingProxyType({
    SRGB_CURVE: SRGB,
    "gamma 2.2": Curve(563 / 256),  # the exact number of Adobe RGB (1998)
    "gamma 1.8": Curve(1.8),
    "gamma 2.4": Curve(2.4),
    "gamma 2.6": Curve(2.6),
    "gamma 2.0": Curve(2.0),
    "linear": Curve(1.0),
    "BT.709 curve": Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081),
    "ROMM curve": Curve(1.8, 1, 0, 1 / 16, 1 / 32),
    "lightness": Curve(3.0, 1 / 1.16, 0.16 / 1.16, 27 / 243.89, 0.08),
})  # fmt: skip


def sampled(table: Levels) -> Function:
    """Return the curve through evenly spaced values 0 to 1, straight between them."""
    places = np.linspace(0, 1, len(table))
    return lambda stored: np.interp(stored, places, table)


def known_curve(functions: Sequence[Function]) -> str | None:
    """Return the name of the known curve that all functions are, as far as anyone sees, or None."""
    found = [_lightness(function(_LEVELS)) for function in functions]
    off = {name: _difference(found, curve) for name, curve in KNOWN_CURVES.items()}
    nearest = min(off, key=off.__getitem__)
    return nearest if off[nearest] <= MOST_DIFFERENCE else None


def _difference(found: Sequence[Levels], curve: Curve) -> float:
    wanted = _lightness(curve(_LEVELS))
    return max(float(np.abs(lightness - wanted).max()) for lightness in found)


def _lightness(light: Levels) -> Levels:
    """Return CIE L* (CIE 15:2004, 8.2.1)."""
    return np.where(light > 216 / 24389, 116 * np.cbrt(light) - 16, light * 24389 / 27)


def stored_as_srgb(light: Levels) -> Levels:
    """Return the numbers, 0 to 1, that sRGB's curve turns into this light (IEC 61966-2-1)."""
    return np.where(light <= 0.04045 / 12.92, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
