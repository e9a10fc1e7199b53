"""A decoded picture with all that working on it takes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import Picture, coded_whole, decode_image

# Where no metadata tell, a picture this wide is taken for a panorama of a full turn if it is twice as wide as high, but
# for a few pixels. If it is none, it is searched a little more than it need be.
LEAST_PANORAMA, MOST_OFF_RATIO = 4096, 16


@dataclass(slots=True)
class Stopwatch:
    """Adds up the time that is spent on each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Count the time of the block to the stage, in seconds."""
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - started


@dataclass(frozen=True, slots=True, eq=False)
class ImageWork:
    """What every step needs.

    Attributes:
        data: The file that came.
        spared: What somebody wants to stay visible.
    """

    data: bytes
    picture: Picture
    recipe: Recipe
    detectors: Sequence[Detector]
    watch: Stopwatch
    spared: Detections = field(default_factory=lambda: Detections.of([]))

    @property
    def size(self) -> dict[str, int]:
        """Width and height of the upright picture, as keyword arguments."""
        height, width = self.picture.pixels.shape[:2]
        return {"width": width, "height": height}

    def coded_whole(self, reason: str) -> "ImageWork":
        """Return the same of a picture of which no block stays as it is, for a reason that is told."""
        remarks = (*self.picture.remarks, coded_whole(reason))
        return replace(self, picture=replace(self.picture, coded=None, remarks=remarks))


def opened(data: bytes, recipe: Recipe, detectors: Sequence[Detector]) -> ImageWork:
    """Return a decoded picture with all that working on it takes.

    Raises:
        ImageError: The file is not an image that can be anonymized.
        ModelError: A class has no detector.
    """
    watch = Stopwatch()
    used = detectors_for(recipe, detectors)
    with watch.on("decode"):
        picture = decode_image(data, limits=recipe.limits)
    if recipe.quality is not None:
        picture = replace(picture, coded=None)
    return ImageWork(data, picture, _across_the_seam(recipe, picture), used, watch)


def _across_the_seam(recipe: Recipe, picture: Picture) -> Recipe:
    """Return the recipe with a panorama's grid where the picture is one and the customer asks for no other grid."""
    height, width = picture.pixels.shape[:2]
    told = picture.metadata.panorama
    looks_so = width >= LEAST_PANORAMA and abs(width - 2 * height) <= MOST_OFF_RATIO
    is_full_turn = told.is_full_turn if told else looks_so
    fits = recipe.grid is None and is_full_turn and width > 1
    return replace(recipe, grid=Grid.of_panorama(width, height)) if fits else recipe
