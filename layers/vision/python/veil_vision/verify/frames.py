"""The gate for a frame, before it goes to the encoder: everything found is covered, and nothing covered is still there.

It trusts nothing that painted the frame: it starts from what was found, and compares the planes before and after.
What an encoder makes of the frame is not looked at here.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.errors import VerificationError
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region
from veil_vision.hide.recipe import Recipe
from veil_vision.verify.replacement import require_covered
from veil_vision.verify.similarity import resembles
from veil_vision.video.planes import Planes

# Levels of 256 that colours of one object's core may span and still be one colour, which what hides it may well repeat.
FLAT = 8


def require_hidden(
    before: Planes, after: Planes, detections: Detections, regions: Sequence[Region], recipe: Recipe
) -> NDArray[np.bool_]:
    """Return bool (height, width), what is hidden, only if all that was found is, and beside it nothing changed.

    Args:
        before: A copy of the frame as the decoder gave it.
        after: The frame as the encoder gets it.
        detections: What was to be hidden, in pixels of the frame.
        regions: What was painted, as `hide_in_planes` returned it.
        recipe: Which classes were to be hidden, and how.

    Raises:
        VerificationError: A pixel of something found was left out, a region still resembles what it hides, or
            samples changed that belong to no region or its fading rim.
    """
    width, height = before.size
    asked = np.array([each in recipe.targets for each in detections.classes], dtype=np.bool_)
    wanted = detections.select(asked)
    hidden = require_covered(wanted, regions, recipe.ignore_zones, width=width, height=height)
    _require_replaced(before, after, regions)
    _require_untouched_beside(before, after, regions)
    return hidden


def _require_replaced(before: Planes, after: Planes, regions: Sequence[Region]) -> None:
    source, shown = _brightness(before), _brightness(after)
    for region in regions:
        if resembles(source, shown, region):
            raise VerificationError(f"A {region.object_class} was not replaced: the frame still resembles it.")
        if any(_is_kept(*planes, region, before) for planes in zip(before.arrays[1:], after.arrays[1:], strict=True)):
            raise VerificationError(f"A {region.object_class} kept its colours.")


def _is_kept(source: NDArray[Any], shown: NDArray[Any], region: Region, planes: Planes) -> bool:
    """Tell whether a colour plane shows a region as it was, where that is more than one flat colour."""
    across, down = planes.subsampling
    rows = slice(-(-region.y1 // down), max(region.y2 // down, -(-region.y1 // down)))
    columns = slice(-(-region.x1 // across), max(region.x2 // across, -(-region.x1 // across)))
    first_row, first_column = rows.start * down - region.y1, columns.start * across - region.x1
    core = region.core[first_row::down, first_column::across][: rows.stop - rows.start, : columns.stop - columns.start]
    was, now = source[rows, columns][core], shown[rows, columns][core]
    return bool(was.size and np.ptp(was) > FLAT << (planes.depth - 8) and (was == now).all())


def _brightness(planes: Planes) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the luma plane as (h, w, 1) at the full scale of its type, as photos have it."""
    luma = planes.arrays[0][..., None]
    shift = luma.dtype.itemsize * 8 - planes.depth
    return np.asarray(luma << shift) if shift else luma


def _require_untouched_beside(before: Planes, after: Planes, regions: Sequence[Region]) -> None:
    (across, down), small = before.block, before.subsampling
    for source, shown, (wide, high) in zip(before.arrays, after.arrays, [(1, 1), small, small], strict=False):
        changed = cv2.compare(source, shown, cv2.CMP_NE)
        for region in regions:
            rows = slice(region.y1 // down * down // high, -(-region.y2 // down) * down // high)
            changed[rows, region.x1 // across * across // wide : -(-region.x2 // across) * across // wide] = 0
        if cv2.countNonZero(changed):
            raise VerificationError("The frame changed where nothing was to be hidden.")
