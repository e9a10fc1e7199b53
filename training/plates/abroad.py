"""The photos kept back with other plates in place of their own: what cars of other regions would look like there.

Painted otherwise than the scenes that were learned from (`scenes.py`), so that not the painting is recognized: into
the place, the size, the light and the sharpness of the photo's own plates, of which nothing is left.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from scenes import Boxes
from sheets import Texture
from styles import Style
from textures import Maker

# Millimetres wide and high. Plates of one car take the same screws, so a photo's scale is known from the plate in it.
OWN = (520.0, 112.0)
SIZES = {
    "europe": (520.0, 112.0),
    "america": (305.0, 152.0),
    "latin": (400.0, 130.0),
    "dark": (480.0, 120.0),
    "two-lines": (280.0, 200.0),
}
# A plate's mean brightness before light falls on it, of 255.
TYPICAL = 170.0


def repainted(
    pixels: Texture, plates: Boxes, maker: Maker, region: str, styles: Mapping[Style, float]
) -> tuple[Texture, Boxes]:
    """Return a photo whose plates are new ones of a region, and their boxes xyxy."""
    canvas, boxes = pixels.astype(np.float32), []
    wide, high = SIZES[region][0] / OWN[0], SIZES[region][1] / OWN[1]
    for box in plates:
        light = _light(canvas, box)
        _erase(canvas, box)
        # What is cut off by the border tells no scale, and a plate seen from the side is narrower than high.
        height = max(float(box[3] - box[1]), (box[2] - box[0]) / OWN[0] * OWN[1] * 0.8)
        centre = (box[:2] + box[2:]) / 2
        quad = _quad(maker, centre, (box[2] - box[0]) * wide, height * high)
        _paint(canvas, maker.plate(styles), quad, light, maker)
        boxes.append(np.concatenate([quad.min(axis=0), quad.max(axis=0)]))
    height, width = pixels.shape[:2]
    found = np.array(boxes, np.float32).reshape(-1, 4).clip(0, [width, height, width, height])
    _, stored = cv2.imencode(".jpg", canvas.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8), found


def _cut(canvas: NDArray[np.float32], box: NDArray[np.float32]) -> tuple[slice, slice]:
    x1, y1 = np.floor(box[:2]).astype(int).clip(0)
    x2, y2 = np.ceil(box[2:]).astype(int) + 1
    return slice(y1, min(y2, canvas.shape[0])), slice(x1, min(x2, canvas.shape[1]))


def _light(canvas: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 (3,): by how much the photo's own plate is darker than paint, in each colour."""
    return np.asarray(np.percentile(canvas[_cut(canvas, box)].reshape(-1, 3), 60, axis=0) / TYPICAL, np.float32)


def _erase(canvas: NDArray[np.float32], box: NDArray[np.float32]) -> None:
    """Fill the plate from what is above and below it, as a bumper is."""
    rows, columns = _cut(canvas, box + np.array([-2, -2, 2, 2], np.float32))
    above = canvas[max(rows.start - 1, 0), columns]
    below = canvas[min(rows.stop, canvas.shape[0] - 1), columns]
    share = np.linspace(0, 1, rows.stop - rows.start, dtype=np.float32)[:, None, None]
    canvas[rows, columns] = above * (1 - share) + below * share


def _quad(maker: Maker, centre: NDArray[np.float32], width: float, height: float) -> NDArray[np.float32]:
    """Return the corners (4, 2) of a plate a little rolled, and slanted as one seen from the side."""
    roll, slant = np.radians(maker.rng.gauss(0, 2.5)), maker.rng.gauss(0, 0.05)
    x, y = width / 2, height / 2
    points = np.array([[-x, -y], [x, -y], [x, y], [-x, y]]) * [[1], [1 - slant], [1 - slant], [1]]
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return np.asarray(points @ turn + centre, np.float32)


def _paint(
    canvas: NDArray[np.float32], texture: Texture, quad: NDArray[np.float32], light: NDArray[np.float32], maker: Maker
) -> None:
    rng, (height, width) = maker.rng, canvas.shape[:2]
    size = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
    # Four samples a pixel each way, averaged: as a sensor sees it.
    fine = tuple(max(2, round(float(each) * 4)) for each in size)
    drawn = cv2.resize(texture, fine, interpolation=cv2.INTER_AREA).astype(np.float32) * light
    x1, y1 = np.floor(quad.min(axis=0)).astype(int) - 2
    x2, y2 = np.ceil(quad.max(axis=0)).astype(int) + 2
    source = np.array([[0, 0], [fine[0], 0], [fine[0], fine[1]], [0, fine[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, (quad - [x1, y1]).astype(np.float32) * 4)
    layers = np.dstack([drawn, np.ones(drawn.shape[:2], np.float32)])
    warped = cv2.warpPerspective(layers, matrix, ((x2 - x1) * 4, (y2 - y1) * 4), flags=cv2.INTER_LINEAR)
    seen = cv2.resize(warped, (int(x2 - x1), int(y2 - y1)), interpolation=cv2.INTER_AREA)
    seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.4, 1.1))
    seen[:, :, :3] += maker.noise.normal(0, 3, seen.shape[:2]).astype(np.float32)[:, :, None] * seen[:, :, 3:]
    part = canvas[max(y1, 0) : min(y2, height), max(x1, 0) : min(x2, width)]
    seen = seen[max(-y1, 0) :, max(-x1, 0) :][: part.shape[0], : part.shape[1]]
    part *= 1 - seen[:, :, 3:]
    part += seen[:, :, :3]
