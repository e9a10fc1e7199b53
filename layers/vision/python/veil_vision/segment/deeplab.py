"""DeepLab v3 trained on the 20 kinds of objects of Pascal VOC; what it takes for none of them is background.

Which kind it takes a pixel for is not asked. Of a pixel in the box of a person it is enough to know that something
stands out there; half of the trucks would be trains or buses. "Rethinking Atrous Convolution for Semantic Image
Segmentation" (Chen et al., 2017). How the network was converted: training/outlines/README.md.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, blob, resize, scaled_size
from veil_vision.models.cards import SegmenterCard
from veil_vision.models.model import OnnxModel

LOGITS = "logits"
# Sides that the network was built for: multiples of this, plus one.
STRIDE = 32
# Of each 16 by 16 pixels it says something.
CELL = 16
LONG_SIDE, SHORT_LONG_SIDE = 513, 257
# To enlarge pictures up to this side further than to the shorter length shows nothing new and costs four times as much.
SMALL = 180
PADDING = 127
BACKGROUND = 0
FINEST = 256


class DeepLab(OnnxModel[SegmenterCard]):
    """Tells objects from background; a `Segmenter`."""

    def segment(self, pixels: Pixels) -> NDArray[np.bool_]:
        """See `Segmenter.segment`."""
        long_side = SHORT_LONG_SIDE if max(pixels.shape[:2]) <= SMALL else LONG_SIDE
        width, height = scaled_size(pixels, long_side)
        canvas = np.full((_up(height), _up(width), 3), PADDING, np.uint8)
        canvas[:height, :width] = resize(pixels, width, height)
        logits = self._session.run(blob(canvas))[LOGITS][0]
        objects = np.delete(logits, BACKGROUND, axis=0).max(axis=0) - logits[BACKGROUND]
        return _sampled(objects, width, height, pixels.shape) > 0


def _sampled(cells: NDArray[np.float32], width: int, height: int, source: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the network's cells in the finest grid worth having, without the padding.

    Args:
        cells: float32 (rows, columns); the centres of their corner cells are the corners of the network's input.
        width: Of the picture in the network's input.
        height: Of the picture in the network's input.
        source: Height and width of the picture itself.
    """
    long_side = min(FINEST, max(source[:2]))
    rows, columns = (max(1, min(length, length * long_side // max(source[:2]))) for length in source[:2])
    across = ((np.arange(columns) + 0.5) * (width / columns) - 0.5) / CELL
    down = ((np.arange(rows) + 0.5) * (height / rows) - 0.5) / CELL
    xs, ys = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(cv2.remap(cells, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _up(side: int) -> int:
    return -(-(side - 1) // STRIDE) * STRIDE + 1
