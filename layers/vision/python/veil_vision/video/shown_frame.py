"""A decoded frame as a viewer sees it, in no more sizes than somebody looks at."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from veil_vision.video.facts import VideoFacts
from veil_vision.video.frames import as_shown
from veil_vision.video.orientation import turned


class ShownFrame:
    """Holds what the decoder made until its pixels are asked for, and these from then on.

    Small pictures are made of what the decoder made, all at once: turning all of a frame into RGB first costs several
    times as much, and of most frames nobody looks at all pixels.
    """

    def __init__(self, picture: av.VideoFrame, facts: VideoFacts) -> None:
        """Take the decoder's frame and what its video is."""
        self._facts = facts
        self._picture: av.VideoFrame | None = picture
        self._pixels: NDArray[np.uint8] | None = None

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The frame as it is shown, uint8 RGB (h, w, 3), upright, pixels square."""
        if self._pixels is None:
            self._pixels, self._picture = as_shown(self._decoded(), self._facts), None
        return self._pixels

    def shrunk(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the same in this size, without skipping a pixel.

        Raises:
            ValueError: All pixels were asked for already.
        """
        stored_width, stored_height = turned((width, height), self._facts.orientation)
        facts = replace(self._facts, width=stored_width, height=stored_height, pixel_aspect=Fraction(1))
        return as_shown(self._decoded(), facts)

    def _decoded(self) -> av.VideoFrame:
        if self._picture is None:
            raise ValueError("What the decoder made was let go.")
        return self._picture
