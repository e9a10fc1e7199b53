"""Pictures made smaller at little cost."""

from typing import Any

import cv2
from numpy.typing import NDArray


def shrunk(samples: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Return samples (h, w) or (h, w, c) in a size that is no larger: means of areas, nearly.

    OpenCV halves sides much faster than it averages other areas. So they are halved down to two to four times the
    wanted ones, interpolated to twice these, and halved once more.
    """
    if samples.shape[:2] == (height, width):
        return samples
    while samples.shape[0] >= 4 * height and samples.shape[1] >= 4 * width:
        samples = _half(samples[: samples.shape[0] // 2 * 2, : samples.shape[1] // 2 * 2])
    return _half(cv2.resize(samples, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR))


def _half(samples: NDArray[Any]) -> NDArray[Any]:
    size = samples.shape[1] // 2, samples.shape[0] // 2
    return cv2.resize(samples, size, interpolation=cv2.INTER_AREA)
