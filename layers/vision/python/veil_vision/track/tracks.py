"""One object through a shot: what is hidden of it in which frame, and why."""

from dataclasses import dataclass
from enum import StrEnum

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.object_masks import Segment
from veil_vision.track.sightings import Box


class Origin(StrEnum):
    """Why a place is hidden."""

    DETECTED = "detected"
    BRIDGED = "bridged"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What is hidden of one object in one frame.

    Attributes:
        frame: Number of the frame, from 0.
        box: float64 (4,), xyxy, pixels of the frame; it may reach beyond it.
        score: Of the sighting, or of the nearest one.
        origin: Why.
        segment: What of the box the object fills; None where that is not known.
    """

    frame: int
    box: Box
    score: float
    origin: Origin
    segment: Segment | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One object in one shot.

    Attributes:
        number: From 0, the same in every frame.
        object_class: What it is.
        places: In the order of time; a frame may have several.
        reach: Frames by which it was extended at either end, where the shot is long enough.
        shot: First frame of the shot and the one after its last.
    """

    number: int
    object_class: ObjectClass
    places: tuple[Place, ...]
    reach: int
    shot: tuple[int, int]
