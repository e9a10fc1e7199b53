"""What every segmenter offers."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels
from veil_vision.models.model import Model


class Segmenter(Model, Protocol):
    """Shows which parts of a picture belong to objects; safe to share between threads."""

    def segment(self, pixels: Pixels) -> NDArray[np.bool_]:
        """Return where a picture of one object shows anything but background.

        Args:
            pixels: uint8 (height, width, 3), RGB, upright: the object and a little of what is around it.

        Returns:
            bool (rows, columns): a grid of equal cells laid over the picture, never finer than its pixels.
        """
