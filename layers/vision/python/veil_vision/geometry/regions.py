"""What to hide: detections and a style per class become small masks, each inside its own window."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window, grow
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.outlines import EXPONENT, PIXEL, Block, Dilated, Outline, Pair, Rectangle, Superellipse

# x1 y1 x2 y2.
Box = tuple[float, float, float, float]

FULL = 255
# A detection without width or height still hides the pixels it touches.
LEAST_RADIUS = 1e-6
# Half of a rounded box's width and height at the least, as shares of the box's: so it passes through the box's corners.
# It is wide, since ears lie outside what detectors mark as a face, while forehead and chin lie within.
LEAST_ACROSS = 0.65
LEAST_DOWN = 0.5 / (1 - (0.5 / LEAST_ACROSS) ** EXPONENT) ** (1 / EXPONENT)
# What a rounded box spends of the margin along x and y; a box spends 1 on both, and hides as much.
MARGIN_ACROSS, MARGIN_DOWN = 1.5, 0.5
# Half a pixel of fade cannot be seen; dividing by less can overflow.
LEAST_FADE_PIXELS = 0.5
# A segment is dilated by this share of the object's shorter side at least: it follows the edge not better than that.
LEAST_REACH = 0.05


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle the customer wants left alone: whole pixels of the upright image, half-open."""

    x1: int
    y1: int
    x2: int
    y2: int


class Shape(StrEnum):
    """The outline of what is hidden."""

    ROUNDED = "rounded"
    BOX = "box"
    EVEN_BOX = "even_box"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class RegionStyle:
    """How far hiding reaches around a detection.

    Attributes:
        shape: Outline of the core. A rounded box holds the whole detection and reaches further sideways than up and
            down, as a face does from ear to ear. An even box grows and fades by the same length on every side, as
            boxes of plates are off by shares of the height sideways too. A
            segment is dilated within the enlarged box, by the margin's share of the object's shorter side; what has
            no segment is hidden by its box.
        margin: Enlargement of the box on every side, as a fraction of its width and height. A rounded box grows by
            one and a half times this sideways, and by half of it up and down; an even box by this fraction of its
            shorter side.
        feather: How far outside the core what hides it fades out, as a fraction of the box's width
            and height, of an even box of its shorter side; 0 ends it sharply. The core itself is never softened.
    """

    shape: Shape = Shape.ROUNDED
    margin: float = 0.1
    feather: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what would hide less than the detection.

        Raises:
            ValueError: Margin or feather is negative or not finite.
        """
        if not (0 <= self.margin < math.inf and 0 <= self.feather < math.inf):
            raise ValueError(f"margin and feather must be finite and not negative, got {self.margin}, {self.feather}")


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """One thing to hide: a window of the image, and what of it must go.

    Attributes:
        x1, y1, x2, y2: The window in whole pixels of the upright image, half-open, inside it.
        core: bool (h, w), the pixels that must be hidden. Never empty.
        feather: uint8 (h, w), weight of what hides it: 255 in the core and only there.
        object_class: What was seen.
        score: How surely, 0 to 1.
        box: The detection's own x1 y1 x2 y2, before margin and clipping.
        track: Number of the object through a video; None in photos.
    """

    x1: int
    y1: int
    x2: int
    y2: int
    core: NDArray[np.bool_]
    feather: NDArray[np.uint8]
    object_class: ObjectClass
    score: float
    box: Box
    track: int | None = None

    def __post_init__(self) -> None:
        """Make the masks read-only."""
        self.core.setflags(write=False)
        self.feather.setflags(write=False)

    @property
    def rows(self) -> slice:
        """The window's rows, to index an image with."""
        return slice(self.y1, self.y2)

    @property
    def columns(self) -> slice:
        """The window's columns, to index an image with."""
        return slice(self.x1, self.x2)

    def within(self, width: int, height: int) -> "Region":
        """Return what of it lies in the first columns and rows of the image."""
        x2, y2 = min(self.x2, width), min(self.y2, height)
        if (x2, y2) == (self.x2, self.y2):
            return self
        inside = slice(0, y2 - self.y1), slice(0, x2 - self.x1)
        return replace(self, x2=x2, y2=y2, core=self.core[inside], feather=self.feather[inside])


def regions_of(
    detections: Detections,
    styles: Mapping[ObjectClass, RegionStyle],
    *,
    width: int,
    height: int,
    ignore_zones: Sequence[Zone] = (),
    block: Block = PIXEL,
) -> tuple[Region, ...]:
    """Return what to hide of an image of the given size, in the order of the detections.

    Every block that a shape touches is in a core, except inside ignore zones, where nothing is hidden or softened at
    all; a block that a zone cuts is not inside. A detection of which nothing remains makes no region.

    Args:
        detections: In pixels of the image.
        styles: By class.
        width: Of the image, in whole blocks.
        height: Likewise.
        ignore_zones: Likewise in its pixels.
        block: Width and height of what is hidden whole or not at all. Windows consist of whole blocks.

    Raises:
        KeyError: A detected class has no style.
    """
    found = []
    for index, edges in enumerate(detections.boxes.tolist()):
        box, object_class = tuple(edges), detections.classes[index]
        style = styles[object_class]
        outline, fade = _outline(box, detections.segments[index], style), _fade(box, style)
        window = _window(outline, fade, (width, height), block)
        core = outline.core(window, block)
        _spare(core, window, ignore_zones, block)
        if core.any():
            core = _in_pixels(core, block)
            weights = _weights(core, outline, window, fade, ignore_zones)
            score, track = float(detections.scores[index]), detections.tracks[index]
            found.append(Region(*window, core, weights, object_class, score, box, track))
    return tuple(found)


def drawn_on(
    regions: Sequence[Region | None], lines: NDArray[np.bool_] | None = None, *, width: int, height: int
) -> NDArray[np.bool_]:
    """Return bool (height, width), the pixels that hiding changes: all cores and what fades out around them; and lines.

    Lines, of the same shape, are what else is drawn on.
    """
    mask = np.zeros((height, width), dtype=np.bool_) if lines is None else lines.copy()
    for region in regions:
        if region is not None:
            mask[region.rows, region.columns] |= region.feather > 0
    return mask


def _outline(box: Box, segment: Segment | None, style: RegionStyle) -> Outline:
    """Return the enlarged box, the dilated segment in it, or the rounded box that holds the detection."""
    x1, y1, x2, y2 = box
    shorter = min(x2 - x1, y2 - y1)
    if style.shape is Shape.EVEN_BOX:
        reach = style.margin * shorter
        return Rectangle(x1 - reach, y1 - reach, x2 + reach, y2 + reach)
    if style.shape is not Shape.ROUNDED:
        rectangle = Rectangle(*grow(np.array([box], dtype=np.float32), style.margin)[0].tolist())
        if style.shape is Shape.BOX or segment is None:
            return rectangle
        return Dilated(segment, max(style.margin, LEAST_REACH) * shorter, rectangle)
    across = max(0.5 + MARGIN_ACROSS * style.margin, LEAST_ACROSS)
    down = max(0.5 + MARGIN_DOWN * style.margin, LEAST_DOWN)
    radii = max((x2 - x1) * across, LEAST_RADIUS), max((y2 - y1) * down, LEAST_RADIUS)
    return Superellipse(((x1 + x2) / 2, (y1 + y2) / 2), radii)


def _fade(box: Box, style: RegionStyle) -> Pair:
    """Return how far outside the core what hides a box fades out, across and down."""
    width, height = box[2] - box[0], box[3] - box[1]
    if style.shape is Shape.EVEN_BOX:
        width = height = min(width, height)
    return style.feather * width, style.feather * height


def _window(outline: Outline, fade: Pair, size: tuple[int, int], block: Block) -> Window:
    """Return the whole blocks of an image that core and feather can reach, with a pixel to spare."""
    (x, y), (rx, ry) = outline.centre, outline.radii
    (x1, x2), (y1, y2) = _span(x, rx + fade[0] + 1, size[0], block[0]), _span(y, ry + fade[1] + 1, size[1], block[1])
    return x1, y1, x2, y2


def _span(centre: float, reach: float, end: int, step: int) -> tuple[int, int]:
    low, high = (min(max(edge, 0), end) / step for edge in (centre - reach, centre + reach))
    return math.floor(low) * step, math.ceil(high) * step


def _in_pixels(core: NDArray[np.bool_], block: Block) -> NDArray[np.bool_]:
    """Return bool (h, w) of the cells of a grid."""
    if block == PIXEL:
        return core
    size = core.shape[1] * block[0], core.shape[0] * block[1]
    return cv2.resize(core.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).view(np.bool_)


def _weights(
    core: NDArray[np.bool_], outline: Outline, window: Window, fade: Pair, zones: Sequence[Zone]
) -> NDArray[np.uint8]:
    """Return the feather of a core."""
    weights = core.view(np.uint8) * np.uint8(FULL)
    if min(fade) < LEAST_FADE_PIXELS:
        return weights
    faded = outline.distance(window, fade)
    faded *= -FULL
    faded += FULL
    ramp = faded.clip(0, FULL - 1, out=faded).astype(np.uint8)
    _spare(ramp, window, zones, PIXEL)
    np.maximum(weights, ramp, out=weights)
    return weights


def _spare(mask: NDArray[Any], window: Window, zones: Sequence[Zone], block: Block) -> None:
    """Take the ignore zones out of a mask of whole blocks: those that lie in a zone as a whole."""
    (x1, y1, _, _), (across, down) = window, block
    for zone in zones:
        rows = slice(max(-((y1 - zone.y1) // down), 0), max((zone.y2 - y1) // down, 0))
        mask[rows, max(-((x1 - zone.x1) // across), 0) : max((zone.x2 - x1) // across, 0)] = 0
