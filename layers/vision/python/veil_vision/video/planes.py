"""Looks painted into a decoder's own planes, so that no pixel beside a region goes through RGB and back.

A sample of a subsampled colour plane belongs to a block of pixels. Regions consist of whole blocks, so the promise of
`hide`, that what it draws is a function of the pixels outside the regions, holds plane by plane.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region, regions_of
from veil_vision.hide.canvas import Canvas, Layer
from veil_vision.hide.recipe import Recipe
from veil_vision.hide.styles import Channels, paint

Plane = NDArray[Any]

DEEPEST = 16
# ITU-R BT.709 section 4, for 8 bits: black of limited range, and the colour planes' middle.
LIMITED_BLACK, NO_COLOUR = 16, 128


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """A frame in YUV, or grey.

    Attributes:
        arrays: Y, U and V, or Y alone; uint8 for a depth of 8, uint16 with the value in the low bits above that.
        depth: Bits of a sample, 8 to 16.
        subsampling: Pixels per sample of a colour plane, across and down: (2, 2) is 4:2:0, (2, 1) is 4:2:2.
        full_range: Whether 0 is black; otherwise 16 of 255 is.
        interlaced: Whether rows alternate between two fields, which have colour rows of their own.
        source_subsampling: As `subsampling`, of what they were made of: there pixels may have shared more.
    """

    arrays: tuple[Plane, ...]
    depth: int
    subsampling: tuple[int, int]
    full_range: bool = False
    interlaced: bool = False
    source_subsampling: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        """Refuse what is no frame.

        Raises:
            ValueError: Number, type or shapes of the planes do not fit.
        """
        if len(self.arrays) not in (1, 3) or not 8 <= self.depth <= DEEPEST:  # noqa: PLR2004 (bits)
            raise ValueError(f"a frame has 1 or 3 planes of 8 to 16 bits, got {len(self.arrays)} of {self.depth}")
        (height, width), (across, down) = self.arrays[0].shape, self.subsampling
        chroma = (-(-height // down), -(-width // across))
        shapes = [plane.shape for plane in self.arrays[1:]]
        if shapes != [chroma] * len(shapes):
            raise ValueError(f"colour planes of a {width}x{height} frame must be of shape {chroma}, got {shapes}")
        wanted = np.uint8 if self.depth == 8 else np.uint16  # noqa: PLR2004 (bits)
        if any(plane.dtype != wanted for plane in self.arrays):
            raise ValueError(f"planes of {self.depth} bits must be {np.dtype(wanted)}")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.arrays[0].shape
        return width, height

    @property
    def block(self) -> tuple[int, int]:
        """Width and height of the smallest block that shares no sample of any plane with another one.

        Of interlaced frames two neighbouring rows have different colour rows, so it is twice as high.
        """
        across, down = map(max, self.subsampling, self.source_subsampling)
        return across, down * (2 if self.interlaced and down > 1 else 1)


def hide_in_planes(planes: Planes, detections: Detections, recipe: Recipe, size: tuple[int, int]) -> tuple[Region, ...]:
    """Hide everything detected by the recipe's method, in place, and return what is hidden now: whole blocks.

    Args:
        planes: To be painted into: writable, and no decoder's reference.
        detections: In pixels of a picture of the given size. In one of another size than the frame, what has a
            segment is hidden by its box.
        recipe: Which classes are hidden, how, and where nothing is. A method of None paints nothing.
        size: Width and height of the picture that was looked at.
    """
    canvas = _canvas(planes)
    height, width = canvas.shape
    asked = np.array([each in recipe.targets for each in detections.classes], dtype=np.bool_)
    seen = _scaled(detections.select(asked), size, planes.size)
    regions = regions_of(
        seen, recipe.styles, width=width, height=height, ignore_zones=recipe.ignore_zones, block=canvas.block
    )
    if recipe.method is not None:
        meaning = _channels(planes)
        paint(canvas, regions, recipe.method, kernel_sizes=recipe.kernel_sizes, seed=recipe.seed, channels=meaning)
    return tuple(region.within(*planes.size) for region in regions)


def _canvas(planes: Planes) -> Canvas:
    luma, *chroma = planes.arrays
    (width, height), (across, down) = planes.size, planes.block
    shape = -(-height // down) * down, -(-width // across) * across
    layers = Layer(luma), *(Layer(each, *planes.subsampling) for each in chroma)
    return Canvas(layers, shape, (1 << planes.depth) - 1, planes.block)


def _scaled(detections: Detections, size: tuple[int, int], wanted: tuple[int, int]) -> Detections:
    if size == wanted:
        return detections
    scale = np.array([wanted[0] / size[0], wanted[1] / size[1]] * 2)
    return replace(detections, boxes=(detections.boxes * scale).astype(np.float32), segments=())


def _channels(planes: Planes) -> Channels:
    """Return what the numbers of samples mean."""
    unit = 1 << (planes.depth - 8)
    black = 0 if planes.full_range else LIMITED_BLACK
    return Channels((black * unit, NO_COLOUR * unit, NO_COLOUR * unit), (1, 0, 0))
