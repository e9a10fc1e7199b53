"""What every detector offers."""

from typing import Protocol

from veil_vision.detect.inputs import Pixels
from veil_vision.geometry.detections import Detections
from veil_vision.models.model import Model
from veil_vision.models.plans import AtlasPlan, SearchPlan


class Detector(Model, Protocol):
    """Finds objects in one picture; safe to share between threads."""

    @property
    def default_threshold(self) -> float:
        """Score from which a detection counts unless the policy says otherwise."""

    @property
    def search_plan(self) -> SearchPlan:
        """How closely it must look to find what it can."""

    @property
    def second_look(self) -> AtlasPlan | None:
        """How it looks whether hidden objects still read; None where that proves nothing."""

    def detect(self, pixels: Pixels, *, threshold: float, long_side: int) -> Detections:
        """Return what is in the picture, best first, without duplicates.

        Args:
            pixels: uint8 (height, width, 3), RGB, upright.
            threshold: Lowest score that counts.
            long_side: Length in pixels to which the picture's longer side is scaled for the network.

        Returns:
            Boxes in pixels of the given picture, clipped to it.
        """
