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
        before: A copy of the frame as the decoder gave it. It is overwritten with what the regions became.
        after: The frame as the encoder gets it.
        detections: What was to be hidden, in pixels of the frame.
        regions: What was painted, in whole blocks, as `hide_in_planes` returned it.
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
    for region in resembling(before.arrays[0], after.arrays[0], regions, white=(1 << before.depth) - 1):
        raise VerificationError(f"A {region.object_class} was not replaced: the frame still resembles it.")
    (across, down), flat = before.subsampling, FLAT << (before.depth - 8)
    for region in regions:
        core, window = np.ascontiguousarray(region.core[::down, ::across]), _window(region, before.subsampling)
        for source, shown in zip(before.arrays[1:], after.arrays[1:], strict=True):
            if _is_kept(source[window], shown[window], core, flat):
                raise VerificationError(f"A {region.object_class} kept its colours.")


def _is_kept(source: NDArray[Any], shown: NDArray[Any], core: NDArray[np.bool_], flat: int) -> bool:
    """Tell whether a core shows its samples as they were, where they span more than a flat colour does."""
    changed = cv2.norm(source, shown, cv2.NORM_INF, core.view(np.uint8))
    return not changed and bool(np.ptp(source[core]) > flat)


def _require_untouched_beside(before: Planes, after: Planes, regions: Sequence[Region]) -> None:
    """Refuse what changed beside the regions, which are made the same in both on the way."""
    for source, shown, block in zip(before.arrays, after.arrays, [(1, 1), *[before.subsampling] * 2], strict=False):
        for region in regions:
            window = _window(region, block)
            source[window] = shown[window]
        if cv2.norm(source, shown, cv2.NORM_INF):
            raise VerificationError("The frame changed where nothing was to be hidden.")


def _window(region: Region, block: tuple[int, int]) -> tuple[slice, slice]:
    """Return the region's window in samples of so many pixels across and down."""
    across, down = block
    return slice(region.y1 // down, -(-region.y2 // down)), slice(region.x1 // across, -(-region.x2 // across))
