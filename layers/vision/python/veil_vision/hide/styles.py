"""The anonymization methods: blur, pixelate, blacken. Each draws a region from the pixels outside all regions.

In which order, and why no result ever depends on what is hidden: see `turns`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import Region
from veil_vision.hide.canvas import Canvas, Pixels, whole
from veil_vision.hide.fill import fill
from veil_vision.hide.turns import turns

RING = 1 / 8
LEAST_RING_PIXELS = 4
# OpenCV's own rule of thumb for the standard deviation of a kernel of that many pixels.
SIGMA_OF_KERNEL = 0.15
TILES_PER_KERNEL = 3
MOST_TILES_PER_OBJECT, FEWEST_TILES_PER_OBJECT, LEAST_TILE_PIXELS = 24, 3, 2
TILE_BRIGHTNESS, TILE_TINT = 0.03, 0.008
# Tiles of a mosaic vary by a pattern of this side that repeats: an object that grows keeps the variation it had.
PATTERN = 32
# Patterns that are kept: as many as tracks may well be seen at once.
PATTERNS = 256


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
    """A coarse float32 picture, 0 to 1, of a window of the image, hidden places filled in."""

    picture: NDArray[np.float32]
    window: Window

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell in pixels."""
        x1, y1, x2, y2 = self.window
        return (x2 - x1) / int(self.picture.shape[1]), (y2 - y1) / int(self.picture.shape[0])

    def softened(self, sigma: float) -> NDArray[np.float32]:
        """Return the picture, (rows, columns, c), blurred by so many pixels, or by the longer side of a cell.

        It is the same along both axes of the image, whatever the cells' proportions.
        """
        wide, high = self.cell
        sigma = max(sigma, wide, high)
        soft = cv2.GaussianBlur(
            self.picture, (0, 0), sigmaX=sigma / wide, sigmaY=sigma / high, borderType=cv2.BORDER_REPLICATE
        )
        return np.asarray(soft.reshape(self.picture.shape), dtype=np.float32)


def hide(
    pixels: Pixels,
    regions: Sequence[Region],
    method: AnonymizationMethod,
    *,
    kernel_sizes: Mapping[ObjectClass, float],
    seed: int,
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
    """
    hidden = pixels.copy()
    paint(whole(hidden), regions, method, kernel_sizes=kernel_sizes, seed=seed, channels=RGB)
    return hidden


def paint(
    canvas: Canvas,
    regions: Sequence[Region],
    method: AnonymizationMethod,
    *,
    kernel_sizes: Mapping[ObjectClass, float],
    seed: int,
    channels: Channels,
) -> None:
    """Hide regions of whole blocks in place; see `hide`, whose promise holds for each layer.

    `channels` says what the numbers mean. Of grey pictures the first channel holds.
    """
    ordered = sorted(regions, key=lambda region: (-region.core.size, region.box))
    if method is AnonymizationMethod.BLACKEN:
        for region in ordered:
            canvas.compose(region, _black(canvas, region, channels))
        return
    windows = [canvas.aligned(ring(region, canvas.shape)) for region in ordered]
    for turn in turns(ordered, windows):
        shown = [
            (canvas.sampled(windows[index]), _covered(canvas, windows[index], [ordered[each] for each in waiting]))
            for index, waiting in turn
        ]
        for (index, _), picture in zip(turn, fill(shown, white=canvas.white), strict=True):
            region, around = ordered[index], _Surroundings(picture, windows[index])
            kernel = _kernel_pixels(region, kernel_sizes)
            if method is AnonymizationMethod.BLUR:
                drawn = _blur(canvas, region, around, kernel)
            else:
                drawn = _pixelate(canvas, region, around, kernel, seed=seed, channels=channels)
            canvas.compose(region, drawn)


def hide_alpha(alpha: Pixels, regions: Sequence[Region]) -> Pixels:
    """Return a copy of an alpha plane, uint8 or uint16 (h, w), that is opaque in all cores.

    Otherwise the outline of a person cut out of its background would survive there.
    """
    opaque = alpha.copy()
    for region in regions:
        opaque[region.rows, region.columns][region.core] = np.iinfo(alpha.dtype).max
    return opaque


def _black(canvas: Canvas, region: Region, channels: Channels) -> list[Pixels]:
    """Return the region's window in black, layer by layer."""
    height, width = region.core.shape
    drawn, first = list[Pixels](), 0
    for layer in canvas.layers:
        shape = (height // layer.down, width // layer.across, *layer.samples.shape[2:])
        drawn.append(np.full(shape, channels.black[first : first + layer.channels], dtype=canvas.dtype))
        first += layer.channels
    return drawn


def _blur(canvas: Canvas, region: Region, around: _Surroundings, kernel: float) -> list[Pixels]:
    """Return the region's window as a blur of its surroundings, layer by layer: blurred small, then grown."""
    soft = _in_depth(around.softened(SIGMA_OF_KERNEL * kernel), canvas)
    drawn = []
    for layer, colours in zip(canvas.layers, _by_layer(soft, canvas), strict=True):
        left, top, right, bottom = layer.scaled(around.window)
        x1, y1, x2, y2 = layer.scaled((region.x1, region.y1, region.x2, region.y2))
        grown = cv2.resize(colours, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
        drawn.append(_like(layer.samples, grown[y1 - top : y2 - top, x1 - left : x2 - left]))
    return drawn


def _pixelate(
    canvas: Canvas, region: Region, around: _Surroundings, kernel: float, *, seed: int, channels: Channels
) -> list[Pixels]:
    """Return the region's window as tiles in the colours around it, each varied a little by the seed."""
    height, width = region.core.shape
    tile = _tile_pixels(region, kernel, max(canvas.coarsest))
    colours = _at_tile_centres(around, region, tile)
    colours += _variation(region, seed, colours.shape, channels)
    tiles = _in_depth(colours.clip(0, 1), canvas)
    rows, columns = tiles.shape[:2]
    drawn = []
    for layer, each in zip(canvas.layers, _by_layer(tiles, canvas), strict=True):
        size = columns * tile // layer.across, rows * tile // layer.down
        grown = cv2.resize(each, size, interpolation=cv2.INTER_NEAREST)
        drawn.append(_like(layer.samples, grown[: height // layer.down, : width // layer.across]))
    return drawn


def _by_layer(colours: Pixels, canvas: Canvas) -> list[Pixels]:
    """Return a coarse picture's channels as the canvas' layers have them."""
    if len(canvas.layers) == 1:
        return [colours]
    split = iter(cv2.split(colours))
    return [
        next(split) if layer.channels == 1 else cv2.merge(list(islice(split, layer.channels)))
        for layer in canvas.layers
    ]


def _like(samples: Pixels, drawn: Pixels) -> Pixels:
    """Return a drawing with the axes of a layer's samples: OpenCV drops that of a single channel."""
    return drawn.reshape(*drawn.shape[:2], -1) if samples.ndim > 2 else drawn  # noqa: PLR2004 (one channel has 2 axes)


def _variation(region: Region, seed: int, shape: tuple[int, ...], channels: Channels) -> NDArray[np.float64]:
    """Return by how much the colours of tiles differ from what is around, (rows, columns, c)."""
    place = (region.x1, region.y1) if region.track is None else (region.track,)
    pattern = _pattern((seed, *place), channels.brightness[: shape[2]])
    return np.asarray(pattern[np.arange(shape[0])[:, None] % PATTERN, np.arange(shape[1]) % PATTERN])


@lru_cache(PATTERNS)
def _pattern(chosen_by: tuple[int, ...], brightness: tuple[float, ...]) -> NDArray[np.float64]:
    """Return float64 (`PATTERN`, `PATTERN`, c), read-only."""
    chance = np.random.default_rng(chosen_by)
    brighter = chance.normal(0, TILE_BRIGHTNESS, (PATTERN, PATTERN, 1)) * np.array(brightness)
    pattern = np.asarray(brighter + chance.normal(0, TILE_TINT, (PATTERN, PATTERN, len(brightness))))
    pattern.setflags(write=False)
    return pattern


def _tile_pixels(region: Region, kernel: float, unit: int) -> int:
    """Return the side of a mosaic's tiles, in whole units: a share of the kernel, but no less than reads as one."""
    size = _object_pixels(region)
    wanted = min(max(kernel / TILES_PER_KERNEL, size / MOST_TILES_PER_OBJECT), size / FEWEST_TILES_PER_OBJECT)
    return max(round(wanted / unit) * unit, LEAST_TILE_PIXELS, unit)


def _at_tile_centres(around: _Surroundings, region: Region, tile: int) -> NDArray[np.float32]:
    """Return the surroundings' colour at the centre of each tile of the region's window, float32 (rows, columns, c)."""
    (x1, y1, _, _), (wide, high) = around.window, around.cell
    rows, columns = (-(-length // tile) for length in region.core.shape)
    # From the centre of a tile, counted from 0, to that of a cell.
    first = (region.x1 + tile / 2 - x1) / wide - 0.5, (region.y1 + tile / 2 - y1) / high - 0.5
    way = np.array([[tile / wide, 0, first[0]], [0, tile / high, first[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(around.softened(tile), way, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen.reshape(rows, columns, -1), dtype=np.float32)


def _covered(canvas: Canvas, window: Window, waiting: Sequence[Region]) -> NDArray[np.bool_]:
    """Return bool (h, w), in samples of the coarsest layer: where in a window the cores of regions lie that wait."""
    (x1, y1, x2, y2), (across, down) = window, canvas.coarsest
    covered = np.zeros(((y2 - y1) // down, (x2 - x1) // across), dtype=np.bool_)
    for region in waiting:
        left, top, right, bottom = max(region.x1, x1), max(region.y1, y1), min(region.x2, x2), min(region.y2, y2)
        core = region.core[top - region.y1 : bottom - region.y1 : down, left - region.x1 : right - region.x1 : across]
        covered[(top - y1) // down : (bottom - y1) // down, (left - x1) // across : (right - x1) // across] |= core
    return covered


def ring(region: Region, shape: tuple[int, ...]) -> Window:
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


def _in_depth(colours: NDArray[Any], canvas: Canvas) -> Pixels:
    """Return colours from 0 to 1 as whole numbers of an image's depth."""
    return np.asarray(np.rint(colours * canvas.white).astype(canvas.dtype))
