"""Which frames of a video are searched: often enough by the clock, and sooner where the picture is another one.

Times are the frames' own: the rate that a container tells is often wrong.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from math import prod
from typing import Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.profiles import ProfileName
from veil_vision.track.cuts import Thumbnail, new_colours
from veil_vision.video.facts import VideoFacts
from veil_vision.video.frame_decoder import DecodedFrame

# Share of new colours since the last search from which the picture counts as another one.
NEW = 0.1
Cells = NDArray[np.int16]
# Pixels on each side of a cell of what a glance sees, and of 255 the levels by which the mean of one must change for
# the picture not to be at rest. Noise and coding change it by 2 to 5; a face of ten pixels in 1080p, too small for a
# glance, covers a third of it.
CELL, CHANGED = 8, 8
# Least length of the picture that cuts and changes are told from, of which cells are a few pixels: two in most videos.
OVERVIEW = 128
# Of the pixels of a span, of which one waits while the next is read: a limit in bytes, and what one takes in RGB.
HELD, RGB_BYTES = 400 << 20, 3
# Frames from one search to the next at most, whatever the file tells of its times.
MOST_FRAMES = 60


@dataclass(frozen=True, slots=True)
class Pace:
    """How often frames are looked at.

    Attributes:
        seconds: From one search to the next, to the nearest frame; 0 for a search in every frame.
        at_rest: The same where nothing has changed since.
        glance: Seconds from one look at a whole frame to the next, to the nearest frame.
        every: Of the frames in between, each so-many-th is looked at, if only near known places.
    """

    seconds: float
    at_rest: float
    glance: float = 0.0
    every: int = 1


PACES: Mapping[ProfileName, Pace] = {
    ProfileName.FAST: Pace(1.0, 2.0, 0.2, 2),
    ProfileName.BALANCED: Pace(1 / 3, 1.0, 0.08),
    ProfileName.THOROUGH: Pace(0.0, 0.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class _LastSearch:
    """The frame that was searched last: its number and time, its small picture by cells, and its thumbnail."""

    number: int
    time: int
    cells: Cells
    thumbnail: Thumbnail


class SearchSchedule:
    """Tells of the frames of a video, in their order, which are searched."""

    def __init__(self, pace: Pace, facts: VideoFacts) -> None:
        self._pace, self._time_base = pace, facts.time_base
        # Those that nobody looked at closely are held as the decoder made them.
        decoded = av.VideoFormat(facts.pixel_format).padded_bits_per_pixel / 8
        held = int(HELD / (max(RGB_BYTES, decoded) * prod(facts.shown)))
        self._most_frames = min(max(1, held), MOST_FRAMES)
        self._last: _LastSearch | None = None

    def takes(self, frame: DecodedFrame, cells: Cells, now: Thumbnail, *, lasts: int, begins_shot: bool) -> bool:
        """Tell whether the next frame is searched; instead of a damaged one the next one is.

        Args:
            frame: The frame.
            cells: What `cells_of` tells of it.
            now: The same as a thumbnail.
            lasts: How long it is shown, in units of the video's time base.
            begins_shot: Whether it is the first of a shot.
        """
        due = self._last is None or begins_shot or self._is_due(self._last, frame, lasts, cells, now)
        if due and not frame.is_broken:
            self._last = _LastSearch(frame.number, frame.time, cells, now)
        return due and not frame.is_broken

    def _is_due(self, last: _LastSearch, frame: DecodedFrame, lasts: int, cells: Cells, now: Thumbnail) -> bool:
        seconds = float((frame.time - last.time + lasts / 2) * self._time_base)
        if seconds >= self._pace.at_rest or frame.number - last.number >= self._most_frames:
            return True
        if seconds >= self._pace.seconds and np.abs(cells - last.cells).max() >= CHANGED:
            return True
        return new_colours(last.thumbnail, now) >= NEW


def with_durations(frames: Iterable[DecodedFrame]) -> Iterator[tuple[DecodedFrame, int]]:
    """Yield each frame with how long it is shown: until the next one; of the last one the file tells."""
    for frame, following in pairwise(chain(frames, [None])):
        if frame is not None:
            yield frame, frame.lasts if following is None else following.time - frame.time


class GlanceSchedule:
    """Tells of frames that are looked at which are looked at whole, and which look like the one that was last.

    These need not be looked at again.
    """

    def __init__(self, pace: Pace, facts: VideoFacts) -> None:
        self._seconds, self._time_base = pace.glance, facts.time_base
        self._looked: tuple[int, Cells] | None = None

    def holds(self, cells: Cells) -> bool:
        """Tell whether a frame of these cells, see `cells_of`, looks like the frame that was looked at whole last."""
        return self._looked is not None and bool(np.abs(cells - self._looked[1]).max() < CHANGED)

    def takes(self, frame: DecodedFrame, cells: Cells, *, lasts: int, searched: bool) -> bool:
        """Tell whether a frame is looked at whole.

        Args:
            frame: The frame.
            cells: What `cells_of` tells of it.
            lasts: How long it is shown, in units of the video's time base.
            searched: Whether it is, however long after another.
        """
        since = None if self._looked is None else frame.time - self._looked[0] + lasts / 2
        due = searched or since is None or float(since * self._time_base) >= self._seconds
        if due:
            self._looked = (frame.time, cells)
        return due


@dataclass(frozen=True, slots=True)
class LookSizes:
    """In which sizes a video's frames are looked at whole between searches; width and height in pixels.

    Attributes:
        glance: Of what detectors see.
        overview: Of what tells cuts and changes.
        cell: Length of a cell in the overview.
    """

    glance: tuple[int, int]
    overview: tuple[int, int]
    cell: int

    @classmethod
    def of(cls, shown: tuple[int, int], long_side: int) -> Self:
        """Return the sizes for frames that are shown in this one, of which detectors see this length at most."""
        least = min(long_side, max(shown))
        shrunk = next(by for by in (4, 2, 1) if by == 1 or least // by >= OVERVIEW)
        return cls(_scaled(shown, least), _scaled(shown, least // shrunk), CELL // shrunk)


def _scaled(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    width, height = (max(1, round(side * long_side / max(size))) for side in size)
    return width, height


def cells_of(overview: NDArray[np.uint8], side: int) -> Cells:
    """Return int16 (rows, columns, 3), the mean colours of cells of an overview, uint8 (h, w, 3); a side in pixels.

    At the right and at the bottom what fills the last cells is mirrored: means of whole cells take a third of the time.
    """
    height, width = overview.shape[:2]
    whole = cv2.copyMakeBorder(overview, 0, -height % side, 0, -width % side, cv2.BORDER_REFLECT)
    size = (whole.shape[1] // side, whole.shape[0] // side)
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA).astype(np.int16)
