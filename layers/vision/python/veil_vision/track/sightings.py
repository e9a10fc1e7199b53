"""One object in one frame, as a detector saw it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_masks import Segment

Box = NDArray[np.float64]
"""x1 y1 x2 y2 in pixels of the frame, half-open."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A detection and when it was made.

    Attributes:
        frame: Number of the frame, from 0.
        box: float64 (4,), xyxy.
        score: 0 to 1.
        strong: Whether it counts by itself; otherwise only as part of a track.
        segment: What of the box the object fills; None where that is not known.
    """

    frame: int
    box: Box
    score: float
    strong: bool
    segment: Segment | None = None
