"""What the seam of a panorama cuts in two is drawn in one piece, so that no line stays where the edges meet."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region
from veil_vision.hide.canvas import Pixels
from veil_vision.hide.styles import AnonymizationMethod, hide, ring

# Boxes of the two halves differ by the width and a rounding of the gate's, at most.
SAME = 1.0

Scalar = TypeVar("Scalar", bound=np.generic)


def draw_across_the_seam(
    hidden: Pixels,
    source: Pixels,
    regions: Sequence[Region],
    method: AnonymizationMethod,
    *,
    kernel_sizes: Mapping[ObjectClass, float],
    seed: int,
) -> None:
    """Draw each object that both edges cut once more, over both of its halves at once.

    Args:
        hidden: uint8 or uint16 (h, w, c), all regions hidden already; changed in place. So what is read of it depends
            on no pixel under a core, and neither does what is drawn.
        source: The same image with nothing hidden. It is read outside all cores only: what is drawn fades out into it.
        regions: All regions, made for an image of this size.
        method: As `hide` takes it, and so are the others.
        kernel_sizes: Likewise.
        seed: Likewise.
    """
    width = hidden.shape[1]
    for left, right in _halves(regions, width):
        reach = _reach(left, right, hidden.shape)
        if reach <= width // 2:
            joined, strip = _joined(left, right, width, reach), _strip(hidden, reach)
            faded = ~_strip(_cores(regions, hidden.shape), reach)[joined.rows, joined.columns] & (joined.feather > 0)
            strip[joined.rows, joined.columns][faded] = _strip(source, reach)[joined.rows, joined.columns][faded]
            drawn = hide(strip, [joined], method, kernel_sizes=kernel_sizes, seed=seed)
            hidden[:, width - reach :], hidden[:, :reach] = drawn[:, :reach], drawn[:, reach:]


def _strip(image: NDArray[Scalar], reach: int) -> NDArray[Scalar]:
    """Return a copy of the columns on both sides of the seam, which is its middle."""
    return np.concatenate([image[:, image.shape[1] - reach :], image[:, :reach]], axis=1)


def _cores(regions: Sequence[Region], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    covered = np.zeros(shape[:2], np.bool_)
    for region in regions:
        covered[region.rows, region.columns] |= region.core
    return covered


def _halves(regions: Sequence[Region], width: int) -> Iterator[tuple[Region, Region]]:
    at_left = [each for each in regions if each.x1 == 0 and each.box[0] < 0]
    at_right = [each for each in regions if each.x2 == width and each.box[2] > width]
    turn = np.array([width, 0, width, 0])
    for left, right in product(at_left, at_right):
        same = left.object_class is right.object_class
        if same and np.abs(np.array(left.box) + turn - np.array(right.box)).max() <= SAME:
            yield left, right


def _reach(left: Region, right: Region, shape: tuple[int, ...]) -> int:
    """Return how many columns on either side of the seam take part: the object, and no less around it than it reads."""
    pads = (ring(left, shape)[2] - left.x2, right.x1 - ring(right, shape)[0])
    return sum(pads) + max(left.x2, shape[1] - right.x1)


def _joined(left: Region, right: Region, width: int, reach: int) -> Region:
    """Return the whole object in a strip whose middle is the seam."""
    x1, x2 = reach - (width - right.x1), reach + left.x2
    y1, y2 = min(left.y1, right.y1), max(left.y2, right.y2)
    turned, (_, top, _, bottom) = reach - width, right.box
    return Region(
        x1,
        y1,
        x2,
        y2,
        _side_by_side(right.core, left.core, right.y1 - y1, left.y1 - y1, y2 - y1),
        _side_by_side(right.feather, left.feather, right.y1 - y1, left.y1 - y1, y2 - y1),
        right.object_class,
        right.score,
        (right.box[0] + turned, top, right.box[2] + turned, bottom),
        right.track,
    )


def _side_by_side(
    first: NDArray[Scalar], second: NDArray[Scalar], first_top: int, second_top: int, height: int
) -> NDArray[Scalar]:
    joined = np.zeros((height, first.shape[1] + second.shape[1]), first.dtype)
    joined[first_top : first_top + len(first), : first.shape[1]] = first
    joined[second_top : second_top + len(second), first.shape[1] :] = second
    return joined
