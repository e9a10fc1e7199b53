"""Real plates as cars of other countries and other cameras show them: every kind made of one photo's own plate.

Nothing is drawn, so no font and no layout is one that a network has learned from; what a camera does to a plate stays.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.photos import Pixels
from benchmarks.streets import HERE, MEDIA
from veil_vision.detect.ensemble import to_rgb8
from veil_vision.image.files import decode_image

Corners = NDArray[np.float32]
Box = tuple[int, int, int, int]

# Levels of a plate's ground and of its characters, as percentiles; those between show wear and shade.
INK, GROUND = 5, 90
# Share of a marked height that is rim and frame, above and below: between two lines there is none.
RIM = 0.2
# Width of a close-up, in pixels.
CLOSE_UP = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A picture with one plate of a kind.

    Attributes:
        pixels: uint8 (H, W, 3), RGB.
        corners: float32 (4, 2), where the plate is, in pixels.
    """

    pixels: Pixels
    corners: Corners


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done to a photo's own plate.

    Attributes:
        dark: Light and dark are swapped on it.
        lines: Into how many lines it is cut.
        turned: By how many degrees the picture is turned around it.
        height: To how many pixels the plate's height is brought; None leaves it.
        fills: What share of the picture's width the plate takes; None leaves it.
    """

    dark: bool = False
    lines: int = 1
    turned: float = 0.0
    height: float | None = None
    fills: float | None = None


KINDS: Mapping[str, Kind] = {
    "as it is": Kind(),
    "12 px high": Kind(height=12),
    "two thirds of the width": Kind(fills=0.65),
    "fills the picture": Kind(fills=0.92),
    "light on dark": Kind(dark=True),
    "light on dark, fills the picture": Kind(dark=True, fills=0.92),
    "two lines": Kind(lines=2),
    "two lines, light on dark": Kind(lines=2, dark=True),
    "two lines, a third of the width": Kind(lines=2, fills=0.35),
    "turned by 15°": Kind(turned=15),
    "turned by 30°": Kind(turned=30),
    "turned by 45°": Kind(turned=45),
    "turned by 90°": Kind(turned=90),
    "two lines, turned by 30°": Kind(lines=2, turned=30),
    "light on dark, turned by 30°": Kind(dark=True, turned=30),
}


def marked_plates() -> Iterator[tuple[Pixels, Box]]:
    """Yield each photo that no network here has learned from, and one of the plates that people marked in it."""
    with (HERE / "plates.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["class"] == "license_plate":
                left, top, right, bottom = (round(float(row[key])) for key in ("x1", "y1", "x2", "y2"))
                yield read(MEDIA / "plates" / row["file"]), (left, top, right, bottom)


def read(path: Path) -> Pixels:
    """Return a photo's pixels."""
    return to_rgb8(decode_image(path.read_bytes()).pixels)


def made(pixels: Pixels, box: Box, kind: Kind) -> Case:
    """Return the photo with its plate made one of the kind."""
    pixels = pixels.copy()
    if kind.dark:
        _swap(pixels, box)
    if kind.lines > 1:
        box = _stack(pixels, box)
    corners = np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]], np.float32)
    if kind.fills:
        return _filled(pixels, corners, kind.fills)
    if kind.height:
        return _scaled(pixels, corners, kind.height / (box[3] - box[1]))
    return _turned(pixels, corners, kind.turned)


def _swap(pixels: Pixels, box: Box) -> None:
    """Make dark characters on light ground light ones on dark ground, in the light of the place."""
    left, top, right, bottom = box
    plate = pixels[top:bottom, left:right].astype(np.float32)
    low, high = np.percentile(plate, [INK, GROUND], axis=(0, 1))
    pixels[top:bottom, left:right] = (low + high - plate).clip(0, 255).astype(np.uint8)


def _stack(pixels: Pixels, box: Box) -> Box:
    """Put the right half of the plate below its left half, erase what was there, and return where it is now."""
    left, top, right, bottom = box
    half, high = (right - left) // 2, bottom - top
    plate = pixels[top:bottom, left:right].copy()
    rim = round(RIM * high)
    both = np.concatenate([plate[: high - rim, :half], plate[rim:, -half:]])
    _erase(pixels, box)
    x = (left + right - half) // 2
    y = min(max(top - high // 2, 0), pixels.shape[0] - len(both))
    pixels[y : y + len(both), x : x + half] = both
    return x, y, x + half, y + len(both)


def _erase(pixels: Pixels, box: Box) -> None:
    """Fill the plate from the row above it to the row below it, as a bumper goes on."""
    left, top, right, bottom = box
    above = pixels[max(top - 3, 0), left:right].astype(np.float32)
    below = pixels[min(bottom + 2, pixels.shape[0] - 1), left:right].astype(np.float32)
    share = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
    pixels[top:bottom, left:right] = (above * (1 - share) + below * share).astype(np.uint8)


def _filled(pixels: Pixels, corners: Corners, share: float) -> Case:
    """Return what is around the plate, so close that the plate takes this share of the width."""
    sides = corners[2] - corners[0]
    scale = share * CLOSE_UP / float(sides[0])
    size = np.array([CLOSE_UP, math.ceil(max(CLOSE_UP * 0.75, float(sides[1]) * scale / share))])
    shift = size / 2 - scale * corners.mean(axis=0)
    return _warped(pixels, corners, np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]), size)


def _scaled(pixels: Pixels, corners: Corners, scale: float) -> Case:
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return Case(np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8), corners * np.float32(scale))


def _turned(pixels: Pixels, corners: Corners, degrees: float) -> Case:
    """Return the picture turned around the plate, in its own size."""
    matrix = cv2.getRotationMatrix2D(corners.mean(axis=0).tolist(), degrees, 1.0)
    return _warped(pixels, corners, np.asarray(matrix, np.float64), np.array(pixels.shape[1::-1]))


def _warped(pixels: Pixels, corners: Corners, matrix: NDArray[np.float64], size: NDArray[np.intp]) -> Case:
    border = cv2.BORDER_REPLICATE
    moved = cv2.warpAffine(pixels, matrix, size.tolist(), flags=cv2.INTER_CUBIC, borderMode=border)
    where = corners @ matrix[:, :2].T + matrix[:, 2]
    return Case(np.asarray(moved, np.uint8), where.astype(np.float32))
