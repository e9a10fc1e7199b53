"""Frames of a video between the decoder and the encoder: painted, and proven to hide what they should."""

from dataclasses import dataclass, field, replace
from threading import local

import av
import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Zone
from veil_vision.hide.recipe import Recipe
from veil_vision.track.tracked_video import TrackedVideo
from veil_vision.verify.frames import require_hidden
from veil_vision.video.facts import VideoFacts
from veil_vision.video.frame_decoder import DecodedFrame
from veil_vision.video.frames import blacken, planes_of, writable
from veil_vision.video.orientation import stored_detections, stored_zone, turned
from veil_vision.video.packets import Packet
from veil_vision.video.planes import Planes, hide_in_planes


@dataclass(frozen=True, slots=True, eq=False)
class FramePainter:
    """Paints the frames of one video. Threads share it.

    Attributes:
        facts: What the source is.
        recipe: What is hidden and how, in pixels of the frame as it is shown.
        tracked: Where, in the same pixels.
        pixel_format: Of the frames that the encoder takes.
        size: Width and height of these frames.
    """

    facts: VideoFacts
    recipe: Recipe
    tracked: TrackedVideo
    pixel_format: str
    size: tuple[int, int]
    _own: local = field(default_factory=local, init=False, repr=False)

    def paint(self, item: DecodedFrame | Packet) -> av.VideoFrame | None:
        """Return the frame to be encoded; nothing for a packet of audio. A broken frame becomes black.

        Raises:
            VerificationError: The frame does not hide what it should.
        """
        if not isinstance(item, DecodedFrame):
            return None
        copy = writable(item.picture, self.pixel_format, self.size, self.facts.colours)
        planes = planes_of(copy, item.picture, self.facts)
        if item.is_broken:
            blacken(planes)
            return copy
        places = self._places(item.number)
        if len(places):
            before = self._copy(planes)
            recipe = replace(self.recipe, ignore_zones=tuple(map(self._zone, self.recipe.ignore_zones)))
            regions = hide_in_planes(planes, places, recipe, planes.size)
            require_hidden(before, planes, places, regions, recipe)
        return copy

    def _copy(self, planes: Planes) -> Planes:
        """Return a copy that lasts until the thread's next: fresh memory for every frame costs more than to copy it."""
        if not hasattr(self._own, "arrays"):
            self._own.arrays = tuple(np.empty_like(each) for each in planes.arrays)
        for copy, each in zip(self._own.arrays, planes.arrays, strict=True):
            np.copyto(copy, each)
        return replace(planes, arrays=self._own.arrays)

    def _places(self, frame: int) -> Detections:
        """Return what is hidden in a frame, in pixels of the stored one."""
        found = stored_detections(self.tracked.at(frame), self.facts.shown, self.facts.orientation)
        scale = self._scale()
        if (scale == 1).all():
            return found
        # Outlines are of square pixels.
        return replace(found, boxes=(found.boxes * scale).astype(np.float32), segments=())

    def _zone(self, zone: Zone) -> Zone:
        stored = stored_zone(zone, self.facts.shown, self.facts.orientation)
        edges = np.array([stored.x1, stored.y1, stored.x2, stored.y2]) * self._scale()
        return Zone(*(round(edge) for edge in edges.tolist()))

    def _scale(self) -> NDArray[np.float64]:
        """Return stored pixels per shown one, for each edge of a box: not 1 where pixels are not square."""
        width, height = turned(self.facts.shown, self.facts.orientation)
        return np.array([self.facts.width / width, self.facts.height / height] * 2)
