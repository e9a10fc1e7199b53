"""A detail of a photo with what is marked and what was found drawn on it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.evaluation.annotations import Box, Mark
from veil_vision.evaluation.matching import MarkFinding, PhotoFindings, RegionFinding
from veil_vision.geometry.boxes import Window
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region

LONG_SIDE = 360
# How much of the photo is shown: so many times the object's longer side, but not less than so many pixels.
SURROUNDINGS = 2.5
LEAST_SIDE = 90

MARKED = (255, 170, 0)
FOUND = (0, 220, 255)
EDGE = (0, 0, 0)

Points = NDArray[np.float64]
Finding = MarkFinding | RegionFinding


def crop_around(pixels: NDArray[np.uint8], subject: Finding, findings: PhotoFindings) -> NDArray[np.uint8]:
    """Return uint8 RGB: the surroundings of a finding, with the marks and regions of its class.

    Args:
        pixels: uint8 (H, W, 3), RGB, upright; left as it is.
        subject: What it is about.
        findings: Of the whole photo.
    """
    window = window_around(_box(subject), width=pixels.shape[1], height=pixels.shape[0])
    x1, y1, x2, y2 = window
    scale = LONG_SIDE / max(x2 - x1, y2 - y1)
    size = (max(1, round((x2 - x1) * scale)), max(1, round((y2 - y1) * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    drawn = np.asarray(cv2.resize(pixels[y1:y2, x1:x2], size, interpolation=way), dtype=np.uint8)
    everything: tuple[Finding, ...] = (*findings.regions, *findings.marks)
    others = [each for each in everything if _class(each) is _class(subject)]
    for each in (*others, subject):
        lines = [np.rint((line - window[:2]) * scale).astype(np.int32) for line in _lines(each)]
        color = FOUND if isinstance(each, RegionFinding) else MARKED
        # A dark edge lets the subject show on any ground.
        strokes = ((EDGE, 5), (color, 3)) if each is subject else ((color, 1),)
        for shade, width in strokes:
            cv2.polylines(drawn, lines, isClosed=True, color=shade, thickness=width)
    return drawn


def window_around(box: Box, *, width: int, height: int) -> Window:
    """Return the part of a picture of the given size to show of a box: never empty, never beyond the picture."""
    x1, y1, x2, y2 = box
    half = max(LEAST_SIDE, SURROUNDINGS * max(x2 - x1, y2 - y1)) / 2
    x, y = (min(max((a + b) / 2, 0), side - 1) for a, b, side in ((x1, x2, width), (y1, y2, height)))
    low = np.floor([x - half, y - half]).clip(0).astype(int).tolist()
    high = np.ceil([x + half, y + half]).clip(1, [width, height]).astype(int).tolist()
    return low[0], low[1], high[0], high[1]


def _class(finding: Finding) -> ObjectClass:
    return finding.region.object_class if isinstance(finding, RegionFinding) else finding.mark.object_class


def _box(finding: Finding) -> Box:
    return finding.region.box if isinstance(finding, RegionFinding) else finding.mark.box


def _lines(finding: Finding) -> list[Points]:
    """Return the outlines of what is hidden or marked, in pixels of the photo."""
    return _region_lines(finding.region) if isinstance(finding, RegionFinding) else _mark_lines(finding.mark)


def _region_lines(region: Region) -> list[Points]:
    core = np.pad(region.core.view(np.uint8), 1)
    contours, _ = cv2.findContours(core, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE, offset=(region.x1 - 1, region.y1 - 1))
    return [contour[:, 0].astype(np.float64) + 0.5 for contour in contours]


def _mark_lines(mark: Mark) -> list[Points]:
    x1, y1, x2, y2 = mark.box
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])
    return [polygon.astype(np.float64) for polygon in mark.polygons] or [corners]
