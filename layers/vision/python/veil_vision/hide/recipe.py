"""What to do with one picture, in terms of pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from veil_vision.detect.profiles import Profile, balanced
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Zone
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import DEFAULT_QUALITY
from veil_vision.image.header import DEFAULT_LIMITS, ImageLimits
from veil_vision.image.metadata import MetadataPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How one class is found and hidden.

    Attributes:
        threshold: Least score that counts; None leaves it to the detector.
        style: Shape and reach of the regions.
        kernel_size: Coarseness of blur and mosaic: below 1 relative to the object's size, from 1 in pixels.
    """

    threshold: float | None
    style: RegionStyle
    kernel_size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to hide in one picture, how, and which files to make of it.

    Attributes:
        targets: The classes to look for.
        method: How regions are hidden; None hides nothing and makes masks only.
        profile: Which models look for the classes, and how hard.
        ignore_zones: Rectangles inside which nothing is hidden.
        grid: Tiles to search in besides the whole picture; None leaves it to the search plan.
        quality: JPEG quality, 0 to 100; with None a JPEG keeps its own coding, and all blocks that nothing hides.
        compress_level: PNG compression, 0 to 9.
        keep: Which of the source's metadata to write afresh.
        debug: Draw boxes and outlines on the result.
        scores: Write scores beside the boxes; only with `debug`.
        binary_mask: Whether to make it.
        instance_mask: Whether to make it.
        mask_scale: Size of the masks in percent of the picture.
        seed: Chooses the variation between the tiles of a mosaic. Never derived from the picture.
        limits: What is too large to be decoded.
    """

    targets: Mapping[ObjectClass, Target]
    method: AnonymizationMethod | None
    profile: Profile = field(default_factory=balanced)
    ignore_zones: tuple[Zone, ...] = ()
    grid: Grid | None = None
    quality: int | None = None
    compress_level: int = 5
    keep: MetadataPolicy = field(default_factory=MetadataPolicy)
    debug: bool = False
    scores: bool = False
    binary_mask: bool = True
    instance_mask: bool = True
    mask_scale: float = 100
    seed: int = 0
    limits: ImageLimits = DEFAULT_LIMITS

    @property
    def quality_if_whole(self) -> int:
        """JPEG quality of what is coded whole."""
        return DEFAULT_QUALITY if self.quality is None else self.quality

    @property
    def thresholds(self) -> dict[ObjectClass, float | None]:
        """Least score that counts by class; None leaves it to the detector."""
        return {each: target.threshold for each, target in self.targets.items()}

    @property
    def styles(self) -> dict[ObjectClass, RegionStyle]:
        """Shape and reach of the regions by class."""
        return {each: target.style for each, target in self.targets.items()}

    @property
    def margin(self) -> float:
        """How far hiding reaches around boxes, of the class around which it reaches furthest."""
        return max((style.margin for style in self.styles.values()), default=0.0)

    @property
    def kernel_sizes(self) -> dict[ObjectClass, float]:
        """Coarseness of blur and mosaic by class."""
        return {each: target.kernel_size for each, target in self.targets.items()}
