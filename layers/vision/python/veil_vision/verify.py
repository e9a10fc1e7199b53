"""The gate: no proof, no picture.

It trusts nothing that made the result. It reads the finished file, as whoever downloads it would.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veil_vision.boxes import cover
from veil_vision.containers import scan
from veil_vision.detections import Detections
from veil_vision.detectors.detector import Detector
from veil_vision.errors import ImageError, VerificationError
from veil_vision.finding import as_seen, find_again, threshold_of
from veil_vision.images import Picture, decode_image
from veil_vision.recipe import Recipe
from veil_vision.regions import Region

# Mean difference between what was drawn and what the file shows, as a share of full scale. JPEG at its
# lowest quality stays below; a file that shows anything but the drawing does not.
ENCODING_TOLERANCE = 0.12
# A sighting of which this share lies in hidden pixels was made of them.
MADE_OF_HIDDEN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SecondLook:
    """What the detectors saw in the finished file.

    Attributes:
        revealing: Indices of regions in which something still reads as what was hidden.
        missed: Objects beside the regions that the first look had not found.
        sightings: How many things were seen at all.
    """

    revealing: tuple[int, ...]
    missed: Detections
    sightings: int


def require_covered(regions: Sequence[Region | None], recipe: Recipe, *, width: int, height: int) -> None:
    """Return only if every pixel that a detection touches is to be hidden, outside ignore zones.

    Raises:
        VerificationError: A pixel is left out.
    """
    for region in _present(regions):
        box = np.array([region.box], dtype=np.float32)
        for x1, y1, x2, y2 in cover(box, width=width, height=height).tolist():
            wanted = np.ones((y2 - y1, x2 - x1), dtype=np.bool_)
            for zone in recipe.ignore_zones:
                wanted[max(zone.y1 - y1, 0) : max(zone.y2 - y1, 0), max(zone.x1 - x1, 0) : max(zone.x2 - x1, 0)] = False
            core = region.core[y1 - region.y1 : y2 - region.y1, x1 - region.x1 : x2 - region.x1]
            if core.shape != wanted.shape or (wanted & ~core).any():
                raise VerificationError(f"A {region.object_class} would not be covered whole.")


def require_clean(data: bytes, drawn: Picture, regions: Sequence[Region | None]) -> Picture:
    """Return what the finished file shows, only if it shows what was drawn and holds nothing else.

    Raises:
        VerificationError: The file does not decode, has another size, shows something else where
            something was hidden, or holds bytes that a published picture must not hold.
    """
    leaks = scan(data)
    if leaks:
        raise VerificationError(f"The result holds more than its pixels: {', '.join(leaks)}.")
    try:
        shown = decode_image(data)
    except ImageError as error:
        raise VerificationError(f"The result cannot be decoded: {error}") from error
    if shown.pixels.shape != drawn.pixels.shape or shown.pixels.dtype != drawn.pixels.dtype:
        raise VerificationError(f"The result has shape {shown.pixels.shape}, not {drawn.pixels.shape}.")
    for region in _present(regions):
        _require_as_drawn(shown, drawn, region)
    return shown


def look_at_result(
    shown: Picture, regions: Sequence[Region | None], recipe: Recipe, detectors: Sequence[Detector]
) -> SecondLook:
    """Return what detectors see in and around the hidden regions of the finished file."""
    present = _present(regions)
    if not present:
        return SecondLook((), Detections.of([]), 0)
    seen = find_again(as_seen(shown.pixels), [_object_window(region) for region in present], recipe, detectors)
    shares = np.array([[_share(box, region) for region in regions] for box in seen.boxes]).reshape(
        len(seen), len(regions)
    )
    made_of_hidden = shares.sum(axis=1) >= MADE_OF_HIDDEN
    revealing = np.flatnonzero((shares[made_of_hidden] > 0).any(axis=0))
    return SecondLook(tuple(revealing.tolist()), _missed(seen, ~made_of_hidden, recipe, detectors), len(seen))


def _present(regions: Sequence[Region | None]) -> list[Region]:
    return [region for region in regions if region is not None]


def _missed(seen: Detections, beside: NDArray[np.bool_], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    """Return the sightings beside the regions that the first look should have reported at their score."""
    full = {
        each: min(threshold_of(detector, each, recipe) for detector in detectors if each in detector.classes)
        for each in set(seen.classes)
    }
    sure = np.array(
        [score >= full[each] for score, each in zip(seen.scores, seen.classes, strict=True)], dtype=np.bool_
    )
    return seen.select(beside & sure)


def _require_as_drawn(shown: Picture, drawn: Picture, region: Region) -> None:
    here = shown.pixels[region.rows, region.columns].astype(np.int32)
    there = drawn.pixels[region.rows, region.columns].astype(np.int32)
    off = float(np.abs(here - there)[region.core].mean()) / float(np.iinfo(drawn.pixels.dtype).max)
    if off > ENCODING_TOLERANCE:
        raise VerificationError(f"The result does not show what was drawn over a {region.object_class}.")


def _object_window(region: Region) -> tuple[int, int, int, int]:
    """Return the whole-pixel window of what was detected, within the region."""
    x1, y1, x2, y2 = region.box
    left, top = max(int(np.floor(x1)), region.x1), max(int(np.floor(y1)), region.y1)
    return left, top, max(min(int(np.ceil(x2)), region.x2), left + 1), max(min(int(np.ceil(y2)), region.y2), top + 1)


def _share(box: NDArray[np.float32], region: Region | None) -> float:
    """Return which share of the pixels that a box touches lies in the region's core."""
    if region is None:
        return 0.0
    x1, y1, x2, y2 = *np.floor(box[:2]).astype(int), *np.ceil(box[2:]).astype(int)
    rows = slice(max(y1 - region.y1, 0), max(y2 - region.y1, 0))
    columns = slice(max(x1 - region.x1, 0), max(x2 - region.x1, 0))
    touched = max(int(x2 - x1) * int(y2 - y1), 1)
    return int(np.count_nonzero(region.core[rows, columns])) / touched
