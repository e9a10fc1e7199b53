"""The arrays that codecs and pictures share."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Samples = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class StoredImage:
    """What a codec returns, as the pixels lie in the file unless it says otherwise.

    Attributes:
        pixels: uint8 or uint16 (H, W, C); C is 1 for grey, 3 for RGB in this order, 4 for CMYK.
        alpha: same dtype (H, W), or None for an opaque image.
        upright: whether the codec has applied the orientation already.
        coded: the JPEG that they were decoded from, with nothing but what its decoder needs.
    """

    pixels: Samples
    alpha: Samples | None
    upright: bool = False
    coded: bytes | None = None


def samples(array: MatLike) -> Samples:
    """Return an array of OpenCV, whose types say little, as what it is.

    Raises:
        TypeError: It is neither uint8 nor uint16.
    """
    if array.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"expected uint8 or uint16, got {array.dtype}")
    return cast(Samples, array)
