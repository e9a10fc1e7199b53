"""Mask pictures: what was hidden, as a binary and as an instance PNG (contract: container release 26.02.1)."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import FULL, Region
from veil_vision.hide.recipe import Recipe
from veil_vision.hide.sparse_png import sparse_png

CLASS_BITS = {
    ObjectClass.PERSON: 128,
    ObjectClass.LICENSE_PLATE: 64,
    ObjectClass.FACE: 32,
    ObjectClass.VEHICLE: 16,
}
MOST_INSTANCES = 255
# Percent of the image's size.
WHOLE = 100


def mask_files(
    regions: Sequence[Region | None], recipe: Recipe, *, width: int, height: int
) -> tuple[bytes | None, bytes | None]:
    """Return the binary and the instance mask that a recipe asks for, as PNG files; None for what it does not.

    Args:
        regions: What was hidden in an image of `width` x `height` pixels.
        recipe: Which masks to make, and in which size.
        width: Of the image.
        height: Of the image.
    """
    hidden, scale = [region for region in regions if region is not None], recipe.mask_scale
    windows = [(each.rows, each.columns) for each in hidden] if scale == WHOLE else None
    binary, instance = (
        sparse_png(make(hidden, width=width, height=height, scale=scale), windows) if is_wanted else None
        for make, is_wanted in ((binary_mask, recipe.binary_mask), (instance_mask, recipe.instance_mask))
    )
    return binary, instance


def binary_mask(regions: Sequence[Region], *, width: int, height: int, scale: float) -> NDArray[np.uint8]:
    """Return uint8 (h, w): 255 where a pixel was hidden, 0 elsewhere.

    Feathered pixels outside the cores count as not hidden.

    Args:
        regions: What was hidden in an image of `width` x `height` pixels.
        width: Of the image.
        height: Of the image.
        scale: Size of the mask in percent of the image's, 0 to 100, nearest neighbour. Each side
            keeps at least one pixel, so 0 makes the smallest picture there is: 1 x 1.

    Raises:
        ValueError: The scale is outside 0 to 100.
    """
    mask = np.zeros((height, width), dtype=np.uint8)
    for region in regions:
        np.copyto(mask[region.rows, region.columns], FULL, where=region.core)
    return _scaled(mask, scale)


def instance_mask(regions: Sequence[Region], *, width: int, height: int, scale: float) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3), RGB: R = 0, G = instance, B = class bits OR-ed over all regions there.

    Where instances overlap, G names the most certain one; of equally certain ones, the first.
    Numbering, and what happens beyond 255 instances: see `instance_colors`.
    Arguments and errors are those of `binary_mask`.
    """
    mask = np.zeros((height, width, 3), dtype=np.uint8)
    colors = instance_colors(regions, width=width)
    least_certain_first = sorted(range(len(regions)), key=lambda index: (regions[index].score, -index))
    for index in least_certain_first:
        region = regions[index]
        _, instance, bits = np.moveaxis(mask[region.rows, region.columns], 2, 0)
        _, number, bit = colors[index]
        np.copyto(instance, number, where=region.core)
        np.bitwise_or(bits, np.uint8(bit), out=bits, where=region.core)
    return _scaled(mask, scale)


def instance_colors(regions: Sequence[Region], *, width: int) -> tuple[tuple[int, int, int], ...]:
    """Return the RGB color each region has in the instance mask where it overlaps no other.

    G counts from 1 in the order of the regions and starts again at 1 after 255, for it is one
    byte. The two sides of an object across the seam of a panorama, `width` pixels wide, are one
    instance. Others that share a number lie 255 places apart in the metadata; their boxes there
    tell them apart. In videos an object has the number of its track, in every frame the same.
    """
    return tuple(
        (0, 1 + number % MOST_INSTANCES, CLASS_BITS[region.object_class])
        for number, region in zip(_numbers(regions, width), regions, strict=True)
    )


def _numbers(regions: Sequence[Region], width: int) -> list[int]:
    """Return the number of each region's instance, from 0; see `veil_vision.geometry.panoramas.on_both_sides`."""
    numbers: dict[tuple[ObjectClass, float, float, float, float], int] = {}
    found: list[int] = []
    count = 0
    for region in regions:
        if region.track is not None:
            found.append(region.track)
            continue
        x1, y1, x2, y2 = region.box
        number = numbers.get((region.object_class, x1 + width, y1, x2 + width, y2), count)
        numbers[region.object_class, x1, y1, x2, y2] = number
        found.append(number)
        count = max(count, number + 1)
    return found


def scale_mask(png: bytes, scale: float) -> bytes:
    """Return an encoded mask in another size, as `binary_mask` and `instance_mask` scale.

    Args:
        png: A mask as `sparse_png` wrote it.
        scale: Size of the result in percent of the mask's, 0 to 100, nearest neighbour.

    Raises:
        ValueError: The scale is outside 0 to 100.
    """
    mask = np.asarray(cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_UNCHANGED), dtype=np.uint8)
    scaled = _scaled(mask, scale)
    # OpenCV reads blue first.
    return sparse_png(scaled if mask.ndim == 2 else np.ascontiguousarray(scaled[..., ::-1]))  # noqa: PLR2004 (grey has 2 axes)


def _scaled(mask: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if not 0 <= scale <= WHOLE:
        raise ValueError(f"mask scale must lie between 0 and 100 percent, got {scale}")
    if scale == WHOLE:
        return mask
    rows, columns = (_nearest(length, scale) for length in mask.shape[:2])
    return mask[rows][:, columns]


def _nearest(length: int, scale: float) -> NDArray[np.intp]:
    """Return, per row or column of the scaled mask, the one of the original under its centre."""
    scaled = max(1, round(length * scale / 100))
    return np.asarray((2 * np.arange(scaled) + 1) * length // (2 * scaled), dtype=np.intp)
