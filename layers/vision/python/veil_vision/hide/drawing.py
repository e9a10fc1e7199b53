"""Debug drawing: what was detected and what was hidden, on top of the anonymized picture."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region

Color = tuple[int, int, int]

CLASS_COLORS: dict[ObjectClass, Color] = {
    ObjectClass.FACE: (255, 64, 64),
    ObjectClass.LICENSE_PLATE: (255, 214, 0),
    ObjectClass.PERSON: (0, 220, 130),
    ObjectClass.VEHICLE: (80, 160, 255),
}
EDGE: Color = (0, 0, 0)
PIXELS_PER_LINE_WIDTH = 500
FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_debug(pixels: NDArray[Any], regions: Sequence[Region], *, scores: bool) -> NDArray[Any]:
    """Return a copy of the picture with boxes, mask outlines and, if asked, scores drawn on it.

    Draws on what it is given and nothing else, so it uncovers nothing. Lines are as wide as the
    picture needs and have a dark edge, so they show on any ground.

    Args:
        pixels: uint8 or uint16 (h, w, c), c 1 or 3 (RGB); left as it is.
        regions: What was hidden; boxes are the detections' own, outlines those of the cores.
        scores: Whether to write each score, in percent, at its box.
    """
    drawn = pixels.copy()
    line = max(1, round(max(pixels.shape[:2]) / PIXELS_PER_LINE_WIDTH))
    for region in regions:
        color = CLASS_COLORS[region.object_class]
        for shade, width in ((EDGE, line + 2), (color, line)):
            _draw_outline(drawn, region, _in_depth(shade, pixels), width)
            _draw_box(drawn, region, _in_depth(shade, pixels), width)
        if scores:
            _write_score(drawn, region, _in_depth(color, pixels), line)
    return drawn


def debug_lines(shape: tuple[int, ...], regions: Sequence[Region], *, scores: bool) -> NDArray[np.bool_]:
    """Return bool (h, w): the pixels that `draw_debug` draws on, in a picture of the shape (h, w, c)."""
    untouched = 1  # in no colour of the drawing
    canvas = np.full(shape, untouched, dtype=np.uint8)
    return np.asarray((draw_debug(canvas, regions, scores=scores) != untouched).any(axis=2), dtype=np.bool_)


def _draw_outline(image: NDArray[Any], region: Region, color: Color, width: int) -> None:
    contours, _ = cv2.findContours(
        region.core.view(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE, offset=(region.x1, region.y1)
    )
    cv2.drawContours(image, contours, -1, color, width)


def _draw_box(image: NDArray[Any], region: Region, color: Color, width: int) -> None:
    x1, y1, x2, y2 = _whole_box(image, region)
    cv2.rectangle(image, (x1, y1), (x2, y2), color, width)


def _write_score(image: NDArray[Any], region: Region, color: Color, line: int) -> None:
    """Write the score on a dark plate above the box, or just inside it where the picture ends."""
    plate = _plate(f"{region.score:.0%}", line)
    x1, y1, _, _ = _whole_box(image, region)
    top = y1 - plate.shape[0] if y1 >= plate.shape[0] else y1
    place = image[top : top + plate.shape[0], x1 : x1 + plate.shape[1]]
    ink = plate[: place.shape[0], : place.shape[1]]
    place[...] = np.where(ink[..., None], color[: image.shape[2]], EDGE[: image.shape[2]])


def _plate(text: str, line: int) -> NDArray[np.bool_]:
    """Return where the ink of a text goes. OpenCV writes on 8-bit pictures only, so not on the picture itself."""
    size, gap = 0.5 * line, 3 * line
    (width, height), below = cv2.getTextSize(text, FONT, size, line)
    plate = np.zeros((height + below + 2 * gap, width + 2 * gap), dtype=np.uint8)
    cv2.putText(plate, text, (gap, gap + height), FONT, size, 255, line)
    return plate > 0


def _whole_box(image: NDArray[Any], region: Region) -> Window:
    """Return the detected box in whole pixels, both corners inside the image."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = region.box
    left, right = (int(np.clip(x, 0, width - 1)) for x in (x1, x2))
    top, bottom = (int(np.clip(y, 0, height - 1)) for y in (y1, y2))
    return left, top, right, bottom


def _in_depth(color: Color, like: NDArray[Any]) -> Color:
    """Return an RGB color in an image's depth; in its first channel as grey if there is only one."""
    shades = color if like.shape[2] > 1 else (round(sum(color) / 3),) * 3
    step = np.iinfo(like.dtype).max // 255
    return shades[0] * step, shades[1] * step, shades[2] * step
