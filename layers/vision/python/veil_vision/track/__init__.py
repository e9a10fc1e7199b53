"""Objects through time: which detections are one object, and where it is where nobody saw it."""

from veil_vision.track.linking import link
from veil_vision.track.settings import TrackSettings
from veil_vision.track.tracked_video import TrackedVideo

__all__ = ["TrackSettings", "TrackedVideo", "link"]
