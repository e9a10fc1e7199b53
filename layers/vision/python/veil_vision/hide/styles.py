"""The anonymization methods: blur, pixelate, blacken. Each draws a region from the pixels outside all regions.

Regions are hidden one after the other, the largest first. A region reads no pixel under a core
that is still to come, its own included. What it does read is either the photo outside all cores
or an earlier result, so by induction no result ever depends on a pixel under a core.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import FULL, Region
from veil_vision.hide.fill import fill

# uint8 or uint16. A union of the two would make every function generic for nothing.
Pixels = NDArray[Any]

RING = 1 / 8
LEAST_RING_PIXELS = 4
FEWEST_CELLS, MOST_CELLS = 8, 48
# OpenCV's own rule of thumb for the standard deviation of a kernel of that many pixels.
SIGMA_OF_KERNEL = 0.15
TILES_PER_KERNEL = 3
MOST_TILES_PER_OBJECT, FEWEST_TILES_PER_OBJECT, LEAST_TILE_PIXELS = 24, 3, 2
TILE_BRIGHTNESS, TILE_TINT = 0.03, 0.008
# Tiles of a mosaic vary by a pattern of this side that repeats: an object that grows keeps the variation it had.
PATTERN = 32


class AnonymizationMethod(StrEnum):
    """How a hidden region looks. What it reveals is the same for all: nothing."""

    BLUR = "blur"
    PIXELATE = "pixelate"
    BLACKEN = "blacken"


@dataclass(frozen=True, slots=True)
class Channels:
    """What the numbers of a pixel mean.

    Attributes:
        black: Of each channel, in units of the picture.
        brightness: How much a channel takes part in a change of brightness, 0 to 1.
    """

    black: tuple[int, ...]
    brightness: tuple[float, ...]


RGB = Channels(black=(0, 0, 0), brightness=(1, 1, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Surroundings:
    """A coarse float32 picture, 0 to 1, of a window (x1 y1 x2 y2) of the image, hidden places filled in."""

    picture: NDArray[np.float32]
    window: tuple[int, int, int, int]

    @property
    def cell_pixels(self) -> float:
        """The longer side of a cell."""
        x1, y1, x2, y2 = self.window
        return max((x2 - x1) / int(self.picture.shape[1]), (y2 - y1) / int(self.picture.shape[0]))


def hide(
    pixels: Pixels,
    regions: Sequence[Region],
    method: AnonymizationMethod,
    *,
    kernel_sizes: Mapping[ObjectClass, float],
    seed: int,
    channels: Channels = RGB,
) -> Pixels:
    """Return a copy of the image in which the regions are hidden.

    Cores, and what fades out around them, are functions of the pixels outside all cores
    and the other arguments, of nothing else. Costs one copy of the image plus work in the windows.

    Args:
        pixels: uint8 or uint16 (h, w, c), c 1 or 3; left as it is.
        regions: Made for an image of this size.
        method: How they are hidden.
        kernel_sizes: Coarseness per class: below 1 a fraction of the object's longer
            side, from 1 on pixels (contract: kernel_size_*). Unused by `BLACKEN`.
        seed: Not negative. Chooses the variation between the tiles of a mosaic, which is the same for all of a track.
        channels: What the numbers mean. Of grey pictures the first channel holds.
    """
    hidden = pixels.copy()
    ordered = sorted(regions, key=lambda region: (-region.core.size, region.box))
    windows = np.array([_window(region) for region in ordered], dtype=np.intp).reshape(-1, 4)
    for turn, region in enumerate(ordered):
        waiting = [ordered[turn + near] for near in _touching(windows[turn:], ring(region, pixels.shape))]
        target = hidden[region.rows, region.columns]
        match method:
            case AnonymizationMethod.BLACKEN:
                drawn = np.full(target.shape, channels.black[: target.shape[2]], dtype=pixels.dtype)
            case AnonymizationMethod.BLUR:
                drawn = _blur(hidden, region, waiting, _kernel_pixels(region, kernel_sizes))
            case AnonymizationMethod.PIXELATE:
                drawn = _pixelate(
                    hidden, region, waiting, _kernel_pixels(region, kernel_sizes), seed=seed, channels=channels
                )
        _compose(target, drawn, region)
    return hidden


def hide_alpha(alpha: Pixels, regions: Sequence[Region]) -> Pixels:
    """Return a copy of an alpha plane, uint8 or uint16 (h, w), that is opaque in all cores.

    Otherwise the outline of a person cut out of its background would survive there.
    """
    opaque = alpha.copy()
    for region in regions:
        opaque[region.rows, region.columns][region.core] = np.iinfo(alpha.dtype).max
    return opaque


def _blur(image: Pixels, region: Region, waiting: Sequence[Region], kernel: float) -> Pixels:
    """Return the region's window as a blur of its surroundings: shrunk, blurred small, grown again."""
    sigma = SIGMA_OF_KERNEL * kernel
    around = _surroundings(image, region, waiting, cell_pixels=sigma / 1.5)
    soft = cv2.GaussianBlur(
        around.picture, (0, 0), max(sigma / around.cell_pixels, 1.0), borderType=cv2.BORDER_REPLICATE
    )
    x1, y1, x2, y2 = around.window
    grown = cv2.resize(_in_depth(soft, image), (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
    drawn = grown[region.y1 - y1 : region.y2 - y1, region.x1 - x1 : region.x2 - x1]
    return drawn.reshape(*drawn.shape[:2], -1)


def _pixelate(
    image: Pixels, region: Region, waiting: Sequence[Region], kernel: float, *, seed: int, channels: Channels
) -> Pixels:
    """Return the region's window as tiles in the colours around it, each varied a little by the seed."""
    height, width = region.core.shape
    tile = _tile_pixels(region, kernel)
    around = _surroundings(image, region, waiting, cell_pixels=tile)
    colours = _at_tile_centres(around, region, tile)
    colours += _variation(region, seed, colours.shape, channels)
    tiles = _in_depth(colours.clip(0, 1), image)
    rows, columns = tiles.shape[:2]
    grown = cv2.resize(tiles, (columns * tile, rows * tile), interpolation=cv2.INTER_NEAREST)[:height, :width]
    return grown.reshape(height, width, -1)


def _variation(region: Region, seed: int, shape: tuple[int, ...], channels: Channels) -> NDArray[np.float64]:
    """Return by how much the colours of tiles differ from what is around, (rows, columns, c)."""
    place = (region.x1, region.y1) if region.track is None else (region.track,)
    chance = np.random.default_rng((seed, *place))
    brighter = chance.normal(0, TILE_BRIGHTNESS, (PATTERN, PATTERN, 1)) * np.array(channels.brightness[: shape[2]])
    pattern = brighter + chance.normal(0, TILE_TINT, (PATTERN, PATTERN, shape[2]))
    return np.asarray(pattern[np.ix_(np.arange(shape[0]) % PATTERN, np.arange(shape[1]) % PATTERN)])


def _tile_pixels(region: Region, kernel: float) -> int:
    """Return the side of a mosaic's tiles: a share of the kernel, within what still reads as a mosaic."""
    size = _object_pixels(region)
    wanted = min(max(kernel / TILES_PER_KERNEL, size / MOST_TILES_PER_OBJECT), size / FEWEST_TILES_PER_OBJECT)
    return max(round(wanted), LEAST_TILE_PIXELS)


def _at_tile_centres(around: _Surroundings, region: Region, tile: int) -> NDArray[Any]:
    """Return the surroundings' colour at the centre of each tile of the region's window, float32 (rows, columns, c)."""
    soft = cv2.GaussianBlur(around.picture, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    rows, columns = soft.shape[:2]
    x1, y1, x2, y2 = around.window
    across = (np.arange(region.x1, region.x2, tile) + tile / 2 - x1) * (columns / (x2 - x1)) - 0.5
    down = (np.arange(region.y1, region.y2, tile) + tile / 2 - y1) * (rows / (y2 - y1)) - 0.5
    xs, ys = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    seen = cv2.remap(soft, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen.reshape(*xs.shape, -1)


def _surroundings(image: Pixels, region: Region, waiting: Sequence[Region], *, cell_pixels: float) -> _Surroundings:
    """Return what is visible in and around the region's window, carried into the cores that wait."""
    x1, y1, x2, y2 = window = ring(region, image.shape)
    covered = np.zeros((y2 - y1, x2 - x1), dtype=bool)
    for other in waiting:
        _paste(covered, other, x1, y1)
    cells = min(max(max(covered.shape) / cell_pixels, FEWEST_CELLS), MOST_CELLS)
    return _Surroundings(fill(image[y1:y2, x1:x2], covered, cells=round(cells)), window)


def _paste(covered: NDArray[np.bool_], region: Region, x1: int, y1: int) -> None:
    """Mark the part of a region's core that lies in a window which starts at (x1, y1)."""
    height, width = covered.shape
    left, top = max(region.x1 - x1, 0), max(region.y1 - y1, 0)
    right, bottom = min(region.x2 - x1, width), min(region.y2 - y1, height)
    core = region.core[top + y1 - region.y1 : bottom + y1 - region.y1, left + x1 - region.x1 : right + x1 - region.x1]
    covered[top:bottom, left:right] |= core


def _compose(target: Pixels, drawn: Pixels, region: Region) -> None:
    """Draw a hidden region into the image: all of it in the core, fading out over the feather."""
    weights = region.feather
    if cv2.countNonZero(weights) == cv2.countNonZero(region.core.view(np.uint8)):
        cv2.copyTo(drawn, weights, target)
        return
    share = cv2.merge([weights] * target.shape[2])
    cv2.add(_scaled(drawn, share), _scaled(target, cv2.bitwise_not(share)), target)


def _scaled(pixels: Pixels, weights: NDArray[Any]) -> NDArray[Any]:
    depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
    return cv2.multiply(pixels, weights, scale=1 / FULL, dtype=depth)


def _touching(windows: NDArray[np.intp], window: tuple[int, int, int, int]) -> NDArray[np.intp]:
    """Return the indices of the windows that share a pixel with the given one."""
    x1, y1, x2, y2 = window
    apart = (windows[:, 2] <= x1) | (windows[:, 0] >= x2) | (windows[:, 3] <= y1) | (windows[:, 1] >= y2)
    return np.flatnonzero(~apart)


def _window(region: Region) -> tuple[int, int, int, int]:
    return region.x1, region.y1, region.x2, region.y2


def ring(region: Region, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the region's window grown by what hiding it may read around it, inside the image."""
    pad = max(LEAST_RING_PIXELS, round(max(region.core.shape) * RING))
    return (
        max(region.x1 - pad, 0),
        max(region.y1 - pad, 0),
        min(region.x2 + pad, shape[1]),
        min(region.y2 + pad, shape[0]),
    )


def _object_pixels(region: Region) -> float:
    """Return the longer side of the detected box, as far as it can lie in the window; at least one pixel."""
    (x1, y1, x2, y2), (height, width) = region.box, region.core.shape
    return max(min(x2 - x1, float(width)), min(y2 - y1, float(height)), 1.0)


def _kernel_pixels(region: Region, kernel_sizes: Mapping[ObjectClass, float]) -> float:
    """Return the kernel in pixels, at most the object's size: more would look the same and cost more."""
    kernel, size = kernel_sizes[region.object_class], _object_pixels(region)
    return min(max(kernel * size if kernel < 1 else kernel, 1.0), size)


def _in_depth(colours: NDArray[Any], like: Pixels) -> Pixels:
    """Return colours from 0 to 1 as whole numbers of an image's depth."""
    return np.asarray(np.rint(colours * np.iinfo(like.dtype).max).astype(like.dtype))
