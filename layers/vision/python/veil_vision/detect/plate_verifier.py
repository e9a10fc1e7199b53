"""A second network that looks closely at what the plate network suspects: how surely it is a plate, and where it ends.

It sees each place by itself and at one size, so it need not know plates of every size, and it was made of a network
that knows photos. How it was trained and what it is worth: training/plates/README.md and decision 0052.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.inputs import Pixels, blob, resize
from veil_vision.geometry.boxes import Boxes
from veil_vision.models.cards import VerifierCard
from veil_vision.models.model import OnnxModel

# Side of the square that the network sees, and its size as a multiple of the longer side of the box in its middle.
SIDE, CONTEXT = 128, 2.0
PADDING = 127
# As many crops are seen in one run, since each holds ten megabytes of activations.
MOST_IN_A_RUN = 16


class Square(NamedTuple):
    """The part of a picture that is seen around a box: upper left corner and side, whole pixels of the picture."""

    left: int
    top: int
    side: int

    @classmethod
    def around(cls, box: NDArray[np.float32]) -> "Square":
        """Return the square with the box in its middle."""
        side = max(2, round(CONTEXT * float((box[2:] - box[:2]).max())))
        left, top = np.rint((box[:2] + box[2:] - side) / 2).astype(int).tolist()
        return cls(left, top, side)


class PlateVerifier(OnnxModel[VerifierCard]):
    """Judges boxes that may hold a licence plate."""

    def judge(self, pixels: Pixels, boxes: Boxes) -> tuple[NDArray[np.float32], Boxes]:
        """Return how surely a plate lies in the middle of each box (n, 4) of the picture, and where it would.

        Scores are float32 (n,), 0 to 1; boxes float32 (n, 4) xyxy in pixels of the picture.
        """
        squares = [Square.around(box) for box in boxes]
        told = [
            self._run([crop(pixels, square) for square in squares[first : first + MOST_IN_A_RUN]])
            for first in range(0, len(boxes), MOST_IN_A_RUN)
        ]
        scores = np.concatenate([np.empty(0, np.float32), *(each["score"].reshape(-1) for each in told)])
        seen = np.concatenate([np.empty((0, 4), np.float32), *(each["box"] for each in told)])
        corners, sides = np.array([square[:2] * 2 for square in squares]), np.array([each.side for each in squares])
        return scores, (seen * (sides[:, None] / SIDE) + corners.reshape(-1, 4)).astype(np.float32)

    def _run(self, crops: Sequence[Pixels]) -> Mapping[str, NDArray[np.float32]]:
        """Return what the network tells of crops, which it takes below each other as one picture."""
        return self._session.run(blob(np.vstack(crops)))


def crop(pixels: Pixels, square: Square) -> Pixels:
    """Return uint8 (SIDE, SIDE, 3): what lies in the square, grey where the picture ends."""
    left, top, side = square
    part = pixels[max(top, 0) : top + side, max(left, 0) : left + side]
    scale = SIDE / side
    x, y = round(max(-left, 0) * scale), round(max(-top, 0) * scale)
    width, height = (max(1, round(length * scale)) for length in part.shape[1::-1])
    seen = resize(part, min(width, SIDE - x), min(height, SIDE - y))
    below, right = SIDE - y - seen.shape[0], SIDE - x - seen.shape[1]
    framed = cv2.copyMakeBorder(seen, y, below, x, right, cv2.BORDER_CONSTANT, value=(PADDING,) * 3)
    return np.asarray(framed, np.uint8)
