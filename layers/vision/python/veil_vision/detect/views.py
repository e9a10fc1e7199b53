"""What of a picture a viewer may show besides its plain colours: transparency on a ground, and what lies in the dark.

A face that only the alpha plane draws, or that only the lowest levels tell, is as good as any other once somebody lays
the picture on white or turns the contrast up.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_all, to_rgb8, united
from veil_vision.detect.thresholds import SearchTerms
from veil_vision.geometry.detections import Detections
from veil_vision.image.samples import Samples, bands, to_eight_bits

Pixels = NDArray[np.uint8]

# Levels of all that there are; a picture that uses fewer is also looked at with its contrast stretched.
NARROW = 1 / 4
_HIGHEST = 255
# Of the pixels of nearly every picture, those at every so many rows and columns use enough levels already.
_SAMPLED = 16


def find_in_all_views(
    pixels: Samples, alpha: Samples | None, wanted: SearchTerms, detectors: Sequence[Detector]
) -> Detections:
    """Return what all detectors find in any view of a picture, each object once.

    Args:
        pixels: uint8 or uint16 (H, W, 1 or 3).
        alpha: The same type (H, W), or None.
        wanted: What is looked for.
        detectors: Who looks.
    """
    found = find_all(to_rgb8(pixels), wanted, detectors)
    for view in further_views(pixels, alpha):
        found = united(found, find_all(view, wanted, detectors))
    return found


def further_views(pixels: Samples, alpha: Samples | None) -> Iterator[Pixels]:
    """Yield uint8 (H, W, 3) of what a picture may look like besides its plain colours; nothing for most pictures."""
    plain = to_rgb8(pixels)
    if alpha is not None:
        laid = (_laid_on(plain, alpha, ground) for ground in (0, _HIGHEST))
        yield from (each for each in laid if each is not None)
    stretched = _stretched(pixels)
    if stretched is not None:
        yield stretched


def _laid_on(plain: Pixels, alpha: Samples, ground: int) -> Pixels | None:
    """Return how a picture looks on a ground, or None where it looks the same without."""
    laid, differs = np.empty_like(plain), False
    for rows in bands(plain):
        opacity = to_eight_bits(alpha[rows])[..., None].astype(np.uint16)
        laid[rows] = (plain[rows] * opacity + ground * (_HIGHEST - opacity) + _HIGHEST // 2) // _HIGHEST
        differs = differs or not np.array_equal(laid[rows], plain[rows])
    return laid if differs else None


def _stretched(pixels: Samples) -> Pixels | None:
    """Return the picture with its contrast stretched to the full range, or None where it uses enough of it."""
    enough = NARROW * np.iinfo(pixels.dtype).max
    if np.ptp(pixels[::_SAMPLED, ::_SAMPLED]) >= enough:
        return None
    low, high = int(pixels.min()), int(pixels.max())
    if not 0 < high - low < enough:
        return None
    levels = (np.arange(high - low + 1) * (_HIGHEST / (high - low))).astype(np.uint8)
    stretched = np.empty(pixels.shape, np.uint8)
    for rows in bands(pixels):
        stretched[rows] = levels[pixels[rows] - low]
    return to_rgb8(stretched)
