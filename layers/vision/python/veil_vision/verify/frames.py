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
from veil_vision.verify.similarity import resembling
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
    changed = [cv2.compare(*arrays, cv2.CMP_NE) for arrays in zip(before.arrays, after.arrays, strict=True)]
    _require_replaced(before, after, regions, changed)
    _require_untouched_beside(before, regions, changed)
    return hidden


def _require_replaced(
    before: Planes, after: Planes, regions: Sequence[Region], changed: Sequence[NDArray[Any]]
) -> None:
    source, shown = (planes.arrays[0][..., None] for planes in (before, after))
    for region in resembling(source, shown, regions, white=(1 << before.depth) - 1):
        raise VerificationError(f"A {region.object_class} was not replaced: the frame still resembles it.")
    for plane, differs in zip(before.arrays[1:], changed[1:], strict=True):
        for region in regions:
            if _is_kept(plane, differs, region, before):
                raise VerificationError(f"A {region.object_class} kept its colours.")


def _is_kept(source: NDArray[Any], differs: NDArray[Any], region: Region, planes: Planes) -> bool:
    """Tell whether a colour plane shows a region as it was, where that is more than one flat colour."""
    across, down = planes.subsampling
    rows = slice(-(-region.y1 // down), max(region.y2 // down, -(-region.y1 // down)))
    columns = slice(-(-region.x1 // across), max(region.x2 // across, -(-region.x1 // across)))
    first_row, first_column = rows.start * down - region.y1, columns.start * across - region.x1
    core = region.core[first_row::down, first_column::across][: rows.stop - rows.start, : columns.stop - columns.start]
    if (differs[rows, columns] & core.view(np.uint8)).any():
        return False
    was = source[rows, columns][core]
    return bool(was.size and np.ptp(was) > FLAT << (planes.depth - 8))


def _require_untouched_beside(before: Planes, regions: Sequence[Region], changed: Sequence[NDArray[Any]]) -> None:
    """Refuse what changed beside the regions, which are marked as unchanged on the way."""
    (across, down), small = before.block, before.subsampling
    for differs, (wide, high) in zip(changed, [(1, 1), small, small], strict=False):
        for region in regions:
            rows = slice(region.y1 // down * down // high, -(-region.y2 // down) * down // high)
            differs[rows, region.x1 // across * across // wide : -(-region.x2 // across) * across // wide] = 0
        if cv2.countNonZero(differs):
            raise VerificationError("The frame changed where nothing was to be hidden.")
