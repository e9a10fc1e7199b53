"""What is painted on: a photo, or the planes of a frame, of which some may have fewer samples than pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.boxes import Window
from veil_vision.geometry.regions import FULL, Region

# uint8 or uint16. A union of the two would make every function generic for nothing.
Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Samples of some of a picture's channels.

    Attributes:
        samples: uint8 or uint16 (h, w) or (h, w, c), painted on in place.
        across: Pixels per sample along x.
        down: Pixels per sample along y.
    """

    samples: Pixels
    across: int = 1
    down: int = 1

    @property
    def channels(self) -> int:
        """How many channels it holds."""
        return 1 if self.samples.ndim == 2 else int(self.samples.shape[2])  # noqa: PLR2004 (one channel has 2 axes)

    def scaled(self, window: Window) -> Window:
        """Return a window of whole blocks in samples."""
        x1, y1, x2, y2 = window
        return x1 // self.across, y1 // self.down, x2 // self.across, y2 // self.down

    def cut(self, window: Window) -> Pixels:
        """Return the samples of a window of whole blocks; what lies beyond the layer repeats its edge."""
        x1, y1, x2, y2 = self.scaled(window)
        height, width = self.samples.shape[:2]
        inside = self.samples[y1:y2, x1:x2]
        if y2 <= height and x2 <= width:
            return inside
        beyond = [(0, max(y2 - height, 0)), (0, max(x2 - width, 0)), (0, 0)]
        return np.pad(inside, beyond[: inside.ndim], mode="edge")


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A picture in layers that hold its channels in their order.

    Attributes:
        layers: All of one type. Regions consist of whole blocks of all of them.
        shape: Height and width in pixels; whole blocks, so it may reach beyond layers of single pixels.
        white: The largest number that a sample may be.
        block: Width and height of what shares no sample of any layer with its neighbours.
    """

    layers: tuple[Layer, ...]
    shape: tuple[int, int]
    white: int
    block: tuple[int, int] = (1, 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the samples."""
        return self.layers[0].samples.dtype

    @property
    def channels(self) -> int:
        """How many channels the picture has."""
        return sum(layer.channels for layer in self.layers)

    @property
    def coarsest(self) -> tuple[int, int]:
        """Pixels per sample, across and down, of the layer that has fewest."""
        return max(layer.across for layer in self.layers), max(layer.down for layer in self.layers)

    def aligned(self, window: Window) -> Window:
        """Return the smallest window of whole blocks around one."""
        (x1, y1, x2, y2), (across, down) = window, self.block
        return x1 // across * across, y1 // down * down, -(-x2 // across) * across, -(-y2 // down) * down

    def sampled(self, window: Window) -> list[Pixels]:
        """Return of each layer a window of whole blocks, (h, w) or (h, w, c), of as few samples as the coarsest has.

        A sample is the mean of pixels that regions hide all of or none of. It may be a view.
        """
        across, down = self.coarsest
        size = (window[2] - window[0]) // across, (window[3] - window[1]) // down
        return [
            cut if cut.shape[1::-1] == size else cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
            for cut in (layer.cut(window) for layer in self.layers)
        ]

    def compose(self, region: Region, drawn: Sequence[Pixels]) -> None:
        """Paint what hides a region, layer by layer: all of it in the core, fading out over the feather.

        Args:
            region: Of whole blocks.
            drawn: Of each layer the samples in the region's window.
        """
        is_sharp = cv2.countNonZero(region.feather) == cv2.countNonZero(region.core.view(np.uint8))
        weights = {region.feather.shape: region.feather}
        for layer, values in zip(self.layers, drawn, strict=True):
            x1, y1, x2, y2 = layer.scaled((region.x1, region.y1, region.x2, region.y2))
            if (y2 - y1, x2 - x1) not in weights:
                # The mean of a block is full only where all of it is.
                small = cv2.resize(region.feather, (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA)
                weights[y2 - y1, x2 - x1] = np.asarray(small, np.uint8)
            target = layer.samples[y1:y2, x1:x2]
            height, width = target.shape[:2]
            share = weights[y2 - y1, x2 - x1][:height, :width]
            _compose(target, values[:height, :width], share, is_sharp=is_sharp)


def whole(pixels: Pixels) -> Canvas:
    """Return a picture (h, w, c) as what it is painted on itself."""
    height, width = pixels.shape[:2]
    return Canvas((Layer(pixels),), (height, width), int(np.iinfo(pixels.dtype).max))


def _compose(target: Pixels, drawn: Pixels, weights: NDArray[Any], *, is_sharp: bool) -> None:
    if is_sharp:
        cv2.copyTo(drawn, weights, target)
        return
    share = weights if target.ndim == 2 else cv2.merge([weights] * target.shape[2])  # noqa: PLR2004 (one channel)
    cv2.add(_weighed(drawn, share), _weighed(target, cv2.bitwise_not(share)), target)


def _weighed(pixels: Pixels, weights: NDArray[Any]) -> NDArray[Any]:
    depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
    return cv2.multiply(pixels, weights, scale=1 / FULL, dtype=depth)
