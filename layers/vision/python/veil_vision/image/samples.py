"""The arrays that codecs and pictures share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

Samples = NDArray[np.uint8 | np.uint16]
# Rows of a band.
BAND = 64


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


def bands(array: Samples) -> Iterator[slice]:
    """Yield rows after rows: wider numbers for a whole picture would take many times its memory."""
    return (slice(top, top + BAND) for top in range(0, len(array), BAND))


def to_eight_bits(array: Samples) -> NDArray[np.uint8]:
    """Return samples of 16 bits by their upper eight, and those of eight as they are."""
    return np.asarray(array if array.dtype == np.uint8 else array >> 8, np.uint8)
