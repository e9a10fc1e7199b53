"""The eight ways in which EXIF lets pixels lie (EXIF 2.32, tag 0x0112)."""

from collections.abc import Callable, Mapping

import cv2
from cv2.typing import MatLike

from veil_vision.image.samples import Samples, samples

_TURNS: Mapping[int, Callable[[MatLike], MatLike]] = {
    2: lambda stored: cv2.flip(stored, 1),
    3: lambda stored: cv2.rotate(stored, cv2.ROTATE_180),
    4: lambda stored: cv2.flip(stored, 0),
    5: cv2.transpose,
    6: lambda stored: cv2.rotate(stored, cv2.ROTATE_90_CLOCKWISE),
    7: lambda stored: cv2.rotate(cv2.transpose(stored), cv2.ROTATE_180),
    8: lambda stored: cv2.rotate(stored, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


_BACK = {6: 8, 8: 6}


def upright(stored: Samples, orientation: int) -> Samples:
    """Return samples (H, W) or (H, W, C) as a viewer shows them; the same array if they already lie right."""
    if orientation not in _TURNS:
        return stored
    turned = samples(_TURNS[orientation](stored))
    return turned.reshape(*turned.shape[:2], *stored.shape[2:])


def as_stored(shown: Samples, orientation: int) -> Samples:
    """Return upright samples as they lie in a file of the orientation; `upright` undoes it."""
    return upright(shown, _BACK.get(orientation, orientation))
