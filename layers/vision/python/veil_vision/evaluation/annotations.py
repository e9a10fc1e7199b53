"""What people marked in pictures."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.object_classes import ObjectClass

Box = tuple[float, float, float, float]
Polygon = NDArray[np.float32]

# Polygons are drawn to a sixteenth of a pixel.
_FRACTION_BITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One object that people marked.

    Attributes:
        object_class: What it is.
        box: x1 y1 x2 y2, half-open; in pixels of the upright picture, or in shares of its width and height.
        polygons: float32 (n, 2) each, x y, in the same unit; together they are the object. None where only a box
            was marked.
        counts: Whether missing it is a mistake. Where it is not, finding it is none either.
        place: Where it is written, for people.
    """

    object_class: ObjectClass
    box: Box
    place: str
    polygons: tuple[Polygon, ...] = ()
    counts: bool = True

    def scaled(self, x: float, y: float) -> "Mark":
        """Return the mark with its coordinates multiplied."""
        x1, y1, x2, y2 = self.box
        factors = np.array([x, y], dtype=np.float32)
        return replace(self, box=(x1 * x, y1 * y, x2 * x, y2 * y), polygons=tuple(p * factors for p in self.polygons))

    def window(self, width: int, height: int) -> Window:
        """Return the whole pixels of a picture of the given size that the box touches; it may be empty."""
        low = np.floor(self.box[:2]).clip(0, [width, height]).astype(int).tolist()
        high = np.ceil(self.box[2:]).clip(0, [width, height]).astype(int).tolist()
        return low[0], low[1], high[0], high[1]

    def pixels(self, window: Window) -> NDArray[np.bool_]:
        """Return bool (h, w): which pixels of the window are the object's. Never none of them."""
        x1, y1, x2, y2 = window
        drawn = np.zeros((y2 - y1, x2 - x1), dtype=np.uint8)
        for polygon in self.polygons:
            # Pixel centres lie at half coordinates, and OpenCV's at whole ones.
            points = np.rint((polygon - np.array([x1 + 0.5, y1 + 0.5])) * (1 << _FRACTION_BITS)).astype(np.int32)
            cv2.fillPoly(drawn, [points], 1, shift=_FRACTION_BITS)
        return drawn.astype(np.bool_) if drawn.any() else np.ones_like(drawn, dtype=np.bool_)


def outlined(object_class: ObjectClass, polygons: tuple[Polygon, ...], place: str, *, counts: bool = True) -> Mark:
    """Return a mark whose box is the smallest around the polygons."""
    points = np.concatenate(polygons)
    x1, y1 = points.min(axis=0).tolist()
    x2, y2 = points.max(axis=0).tolist()
    return Mark(object_class, (x1, y1, x2, y2), place, polygons, counts)
