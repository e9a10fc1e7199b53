"""What quick detectors see of a frame at a glance: in all of it, made small, between two searches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_more
from veil_vision.detect.nearby import at_a_glance, pixels_near, quick_lookers
from veil_vision.detect.strength import WEAK_SHARE, separate_strong, strong_scores
from veil_vision.geometry.boxes import area
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.hide.recipe import Recipe
from veil_vision.pipelines.pace import LookSizes
from veil_vision.track.linking import LARGE
from veil_vision.video.facts import VideoFacts
from veil_vision.video.shown_frame import ShownFrame

# Of a glance's pixels, the share that looking near known places may take instead. What small windows do not show is
# looked at more closely besides.
NEAR_ENOUGH = 0.5


@dataclass(frozen=True, eq=False)
class Glances:
    """Glances at the frames of one video.

    Attributes:
        recipe: What is looked for.
        detectors: Those that may look.
        facts: What the video is.
    """

    recipe: Recipe
    detectors: Sequence[Detector]
    facts: VideoFacts

    def only(self, classes: Collection[ObjectClass]) -> Self:
        """Return glances for those of its classes that are among these."""
        targets = {each: target for each, target in self.recipe.targets.items() if each in classes}
        return replace(self, recipe=replace(self.recipe, targets=targets))

    @cached_property
    def quick(self) -> list[Detector]:
        """Who looks."""
        return quick_lookers(self.recipe, self.detectors)

    @cached_property
    def strong(self) -> dict[ObjectClass, float]:
        """By class, the score from which what is seen at a glance counts by itself."""
        return strong_scores(self._quickly, self.quick)

    @cached_property
    def sizes(self) -> LookSizes:
        """In which sizes frames are looked at whole."""
        return LookSizes.of(self.facts.shown, max(each.search_plan.whole_long_side for each in self.quick))

    @cached_property
    def _quickly(self) -> Recipe:
        return replace(self.recipe, profile=at_a_glance(self.recipe.profile, self.quick))

    def at(self, shown: ShownFrame) -> Detections:
        """Return what is seen in a frame, in its pixels."""
        if not self.quick:
            return Detections.of([])
        small = shown.shrunk(*self.sizes.glance)
        found = seen_in(small, self._quickly, self.quick)
        scale = np.array([self.facts.shown[0] / small.shape[1], self.facts.shown[1] / small.shape[0]] * 2, np.float32)
        return replace(found, boxes=found.boxes * scale)

    def cost_more_than_near(self, places: Detections) -> bool:
        """Tell whether to look for some places alone, all of its classes, costs clearly less and may be enough.

        What is large must be seen surely often enough to be hidden where it is not seen at all, and what is looked for
        alone never counts by itself.
        """
        if area(places.boxes).max(initial=0) > LARGE * prod(self.facts.shown):
            return False
        near = sum(pixels_near(places, self.facts.shown, each) for each in self.quick)
        return not self.quick or near <= NEAR_ENOUGH * prod(self.sizes.glance)


def seen_in(pixels: NDArray[np.uint8], recipe: Recipe, detectors: Sequence[Detector]) -> Detections:
    """Return what is seen in a frame; what counts in a track only has a score below all that count by themselves.

    What models agree on counts by itself, however faint each of them saw it.
    """
    found, weak = find_more(pixels, recipe, detectors, share=WEAK_SHARE)
    return separate_strong(found, weak, strong_scores(recipe, detectors))
