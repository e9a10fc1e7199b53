"""What to hide: detections and a style per class become small masks, each inside its own window."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window, grow
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.geometry.outlines import EXPONENT, Dilated, Outline, Rectangle, Superellipse

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
    box: tuple[float, float, float, float]
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


class _Masks(NamedTuple):
    window: Window
    core: NDArray[np.bool_]
    weights: NDArray[np.uint8]


def regions_of(
    detections: Detections,
    styles: Mapping[ObjectClass, RegionStyle],
    *,
    width: int,
    height: int,
    ignore_zones: Sequence[Zone] = (),
) -> tuple[Region, ...]:
    """Return what to hide of an image of the given size, in the order of the detections.

    Every pixel cell that a shape touches is in a core, except inside ignore zones, where nothing
    is hidden or softened at all. A detection of which nothing remains makes no region.

    Raises:
        KeyError: A detected class has no style.
    """
    found = []
    for index, box in enumerate(detections.boxes):
        object_class, segment = detections.classes[index], detections.segments[index]
        style = styles[object_class]
        masks = _masks(box.astype(np.float64), segment, style, width, height)
        _spare(masks, ignore_zones)
        if masks.core.any():
            score, track = float(detections.scores[index]), detections.tracks[index]
            found.append(Region(*masks.window, masks.core, masks.weights, object_class, score, _plain(box), track))
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


def _masks(box: NDArray[np.float64], segment: Segment | None, style: RegionStyle, width: int, height: int) -> _Masks:
    """Return the masks of one detection in the smallest window they fit in."""
    outline = _outline(box, segment, style)
    sides = box[2:] - box[:2]
    side_x, side_y = (sides.clip(max=sides.min()) if style.shape is Shape.EVEN_BOX else sides).tolist()
    fade = (style.feather * side_x, style.feather * side_y)
    window = _window(outline, fade, width, height)
    core = outline.core(window)
    weights = core.astype(np.uint8) * np.uint8(FULL)
    if min(fade) >= LEAST_FADE_PIXELS:
        faded = outline.distance(window, fade)
        faded *= -FULL
        faded += FULL
        ramp = np.clip(faded, 0, FULL - 1, out=faded).astype(np.uint8)
        np.maximum(weights, ramp, out=weights)
    return _Masks(window, core, weights)


def _outline(box: NDArray[np.float64], segment: Segment | None, style: RegionStyle) -> Outline:
    """Return the enlarged box, the dilated segment in it, or the rounded box that holds the detection."""
    if style.shape is Shape.EVEN_BOX:
        reach = style.margin * float((box[2:] - box[:2]).min())
        return Rectangle(*(box + np.array([-reach, -reach, reach, reach])).tolist())
    if style.shape is not Shape.ROUNDED:
        rectangle = Rectangle(*grow(box[None].astype(np.float32), style.margin)[0].tolist())
        if style.shape is Shape.BOX or segment is None:
            return rectangle
        return Dilated(segment, max(style.margin, LEAST_REACH) * float((box[2:] - box[:2]).min()), rectangle)
    x, y = ((box[:2] + box[2:]) / 2).tolist()
    across = max(0.5 + MARGIN_ACROSS * style.margin, LEAST_ACROSS)
    down = max(0.5 + MARGIN_DOWN * style.margin, LEAST_DOWN)
    rx, ry = ((box[2:] - box[:2]) * (across, down)).clip(LEAST_RADIUS).tolist()
    return Superellipse((x, y), (rx, ry))


def _window(outline: Outline, fade: tuple[float, float], width: int, height: int) -> Window:
    """Return the part of the image that core and feather can reach, with a pixel to spare."""
    (x, y), (rx, ry), (fx, fy) = outline.centre, outline.radii, fade
    low = np.floor([x - rx - fx - 1, y - ry - fy - 1]).clip(0, [width, height]).astype(int).tolist()
    high = np.ceil([x + rx + fx + 1, y + ry + fy + 1]).clip(0, [width, height]).astype(int).tolist()
    return low[0], low[1], high[0], high[1]


def _spare(masks: _Masks, zones: Sequence[Zone]) -> None:
    """Take the ignore zones out of both masks."""
    x1, y1, _, _ = masks.window
    for zone in zones:
        rows = slice(max(zone.y1 - y1, 0), max(zone.y2 - y1, 0))
        columns = slice(max(zone.x1 - x1, 0), max(zone.x2 - x1, 0))
        masks.core[rows, columns] = False
        masks.weights[rows, columns] = 0


def _plain(box: NDArray[np.float32]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2
