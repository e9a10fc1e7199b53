"""Colour spaces that a result may name: known primaries, or six rounded numbers; a known curve; nothing free."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from veil_vision.image.transfer_curves import KNOWN_CURVES, SRGB_CURVE, Curve, Function, Levels, known_curve

# An XYZ colour in 65,536ths, which is how ICC profiles store them (s15Fixed16Number).
Colour = tuple[int, int, int]
UNIT = 65_536
D50: Colour = (63_190, 65_536, 54_061)

# Unknown primaries are rounded to 1/4096: at most 0.2 steps of colour difference off, at 12.6 bits a number.
_STEP = UNIT // 4096
_LOWEST, _HIGHEST = -UNIT // 4, UNIT + UNIT // 4
# How far apart the same space is written down by different makers.
_SAME = UNIT // 1000
# Primaries that do not add up to white, within this, tint what is grey; blue cannot be told from the other two then.
_MOST_TINT = UNIT // 200
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_XY_OF_D65, _XY_OF_D50 = (0.3127, 0.3290), (0.3457, 0.3585)

_XY = tuple[float, float]


def adapted_primaries(white: _XY, red: _XY, green: _XY, blue: _XY) -> NDArray[np.float64]:
    """Return XYZ of the primaries (3, 3), one a row, as they look under D50, from CIE x and y.

    Raises:
        ValueError: No light has these chromaticities.
    """
    if min(white[1], red[1], green[1], blue[1]) <= 0:
        raise ValueError("a chromaticity has no brightness")
    columns = np.array([_of_brightness_one(*xy) for xy in (red, green, blue)]).T
    white_xyz, d50 = _of_brightness_one(*white), np.array(D50) / UNIT
    try:
        primaries = columns * np.linalg.solve(columns, white_xyz)
        gain = np.diag((_BRADFORD @ d50) / (_BRADFORD @ white_xyz))
    except (np.linalg.LinAlgError, FloatingPointError) as error:
        raise ValueError("the primaries lie on one line") from error
    adapted: NDArray[np.float64] = (np.linalg.inv(_BRADFORD) @ gain @ _BRADFORD @ primaries).T
    return adapted


def _of_brightness_one(x: float, y: float) -> Levels:
    return np.array([x / y, 1.0, (1 - x - y) / y])


@dataclass(frozen=True, slots=True)
class Primaries:
    """The red and the green primary under D50; blue is what is missing to white."""

    name: str
    red: Colour
    green: Colour

    @property
    def blue(self) -> Colour:
        """The third primary."""
        x, y, z = (white - red - green for white, red, green in zip(D50, self.red, self.green, strict=True))
        return x, y, z


def _known(name: str, white: _XY, red: _XY, green: _XY, blue: _XY) -> Primaries:
    fixed = np.rint(adapted_primaries(white, red, green, blue) * UNIT).astype(int).tolist()
    return Primaries(f"{name} primaries", tuple(fixed[0]), tuple(fixed[1]))


_KNOWN_PRIMARIES = (
    SRGB_PRIMARIES := _known("sRGB", _XY_OF_D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    _known("Display P3", _XY_OF_D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    ADOBE_PRIMARIES := _known("Adobe RGB", _XY_OF_D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    _known("BT.2020", _XY_OF_D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
    _known("ProPhoto", _XY_OF_D50, (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
)


def primaries_of(red: Colour, green: Colour, blue: Colour) -> Primaries | None:
    """Return known primaries where these are they, else rounded ones; None where no camera or screen has such."""
    total = np.sum([red, green, blue], axis=0)
    if np.abs(total - D50).max() > _MOST_TINT:
        return None
    rounded = np.rint(np.array([red, green]) / _STEP).astype(int) * _STEP
    if rounded.min() < _LOWEST or rounded.max() >= _HIGHEST:
        return None
    for known in _KNOWN_PRIMARIES:
        if np.abs(rounded - [known.red, known.green]).max() <= _SAME:
            return known
    red_row, green_row = rounded.tolist()
    return Primaries("other primaries", tuple(red_row), tuple(green_row))


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """What a result's numbers mean.

    Attributes:
        primaries: None means grey.
        curve_name: one of `KNOWN_CURVES`, the same for all channels.
    """

    primaries: Primaries | None
    curve_name: str

    @property
    def curve(self) -> Curve:
        """From stored numbers to light."""
        return KNOWN_CURVES[self.curve_name]

    @property
    def name(self) -> str:
        """What it is called in the profile and in the report."""
        return f"{self.primaries.name if self.primaries else 'grey'}, {self.curve_name}"


ADOBE_RGB = ColourSpace(ADOBE_PRIMARIES, "gamma 2.2")
SRGB_SPACES = MappingProxyType({1: ColourSpace(None, SRGB_CURVE), 3: ColourSpace(SRGB_PRIMARIES, SRGB_CURVE)})


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says about its numbers, as it says it.

    Attributes:
        primaries: XYZ of red, green and blue under D50; None means grey.
        curves: from stored numbers to light, one a channel.
    """

    primaries: tuple[Colour, Colour, Colour] | None
    curves: tuple[Function, ...]


def space_of(found: Description) -> ColourSpace | None:
    """Return the colour space that is described, or None where Veil has no name for it."""
    curve = known_curve(found.curves)
    return with_curve(found, curve) if curve else None


def with_curve(found: Description, curve_name: str) -> ColourSpace | None:
    """Return the space of the described primaries and another curve, or None where there are no such primaries."""
    if found.primaries is None:
        return ColourSpace(None, curve_name)
    primaries = primaries_of(*found.primaries)
    return ColourSpace(primaries, curve_name) if primaries else None
