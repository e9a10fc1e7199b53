"""The one canonical description of what to hide and how.

Each API maps its own parameters to a policy and back; nothing behind an API knows a vendor's spelling.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from veil.domain.errors import ClassUnavailableError, PolicyError


class ObjectClass(StrEnum):
    """What can be hidden."""

    FACE = "face"
    LICENSE_PLATE = "license_plate"
    PERSON = "person"
    VEHICLE = "vehicle"


class AnonymizationMethod(StrEnum):
    """How a region is hidden; `DETECT` hides nothing and yields masks and metadata only."""

    BLUR = "blur"
    PIXELATE = "pixelate"
    BLACKEN = "blacken"
    DETECT = "detect"


class Audio(StrEnum):
    """What becomes of a video's audio. A voice tells who speaks."""

    KEEP = "keep"
    MUTE = "mute"
    DROP = "drop"


class BrokenFrames(StrEnum):
    """What becomes of a video with damaged frames: it fails, or they are concealed, which makes them black."""

    FAIL = "fail"
    CONCEAL = "conceal"


class SavedMasks(StrEnum):
    """Which mask files are made."""

    ALL = "all"
    BINARY = "binary"
    INSTANCE = "instance"
    NONE = "none"


class Profile(StrEnum):
    """How hard to look: less is missed from one to the next, at a higher cost."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"


# Of the frames of a finished video, at least each so-many-th is looked at again.
MOST_FRAMES_UNCHECKED = 1000


def _check(field_name: str, value: float, low: float, high: float) -> None:
    # Written so that NaN, which lies nowhere, is refused as well.
    if not low <= value <= high:
        raise PolicyError(field_name, f"The value must lie between {low} and {high}.")


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of whole pixels, half-open, in the upright image, inside which nothing is hidden."""

    x1: int
    y1: int
    x2: int
    y2: int

    def __post_init__(self) -> None:
        """Refuse a rectangle without pixels.

        Raises:
            PolicyError: The rectangle is empty or starts outside the image.
        """
        if not (0 <= self.x1 < self.x2 and 0 <= self.y1 < self.y2):
            raise PolicyError("ignore_zones", "An ignored area needs a corner inside the image and a positive size.")


@dataclass(frozen=True, slots=True)
class Tiling:
    """A grid that the image is searched in, besides the whole.

    Attributes:
        columns: Tiles side by side.
        rows: Tiles one above the other.
        overlap_x: What neighbours in a row share: below 1 a fraction of a tile's width, from 1 pixels.
        overlap_y: What neighbours in a column share: below 1 a fraction of a tile's height, from 1 pixels.
        width: Width the image must have, or None for any.
        height: Height the image must have, or None for any.
        wraps: Whether the left edge continues at the right one, as in a panorama of a full turn.
    """

    columns: int
    rows: int
    overlap_x: float = 0
    overlap_y: float = 0
    width: int | None = None
    height: int | None = None
    wraps: bool = False

    def __post_init__(self) -> None:
        """Refuse a grid that cannot be laid.

        Raises:
            PolicyError: A count is outside 1 to 64, or an overlap is negative or not a number.
        """
        _check("tiling", self.columns, 1, 64)
        _check("tiling", self.rows, 1, 64)
        _check("tiling", self.overlap_x, 0, 1_000_000)
        _check("tiling", self.overlap_y, 0, 1_000_000)


@dataclass(frozen=True, slots=True)
class ClassRule:
    """How one class is found and hidden.

    Attributes:
        hide: Whether the class is looked for at all.
        threshold: Least score that counts, 0 to 1; None leaves it to the model.
        kernel_size: How coarse blur and mosaic are: below 1 relative to the object's size, from 1 in pixels.
            It changes how they look, never what they reveal.
        gradient_start: How far outside the box what hides it fades in, relative to the box.
        gradient_stop: How far inside the box the vendor's method reaches full strength. Recorded and
            echoed; Veil hides the whole core at full strength, so it never weakens anything.
    """

    hide: bool = False
    threshold: float | None = None
    kernel_size: float = 0.35
    gradient_start: float = 0.0
    gradient_stop: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers outside their range.

        Raises:
            PolicyError: A value is out of range.
        """
        _check("threshold", self.threshold if self.threshold is not None else 0, 0, 1)
        _check("kernel_size", self.kernel_size, 0, 10_000)
        _check("gradient_start", self.gradient_start, 0, 10)
        _check("gradient_stop", self.gradient_stop, 0, 10)


# Kernel sizes and gradients are those of the v1 response (contracts/celantur.md B.1).
DEFAULT_RULES: Mapping[ObjectClass, ClassRule] = MappingProxyType(
    {
        ObjectClass.FACE: ClassRule(kernel_size=0.35, gradient_start=0.3),
        ObjectClass.LICENSE_PLATE: ClassRule(kernel_size=0.5, gradient_start=0.3),
        ObjectClass.PERSON: ClassRule(kernel_size=91),
        ObjectClass.VEHICLE: ClassRule(kernel_size=61),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to hide in one media file, how, and which files to make of it.

    Attributes:
        profile: How hard to look; None leaves it to the deployment.
        margin: How much a detection's box grows on every side before it is hidden, relative to its size.
        boxes: Hide rectangles instead of the object's outline.
        quality: JPEG quality 0 to 100; None keeps a JPEG's own, and its blocks in which nothing is hidden.
        compress_level: PNG compression 0 to 9.
        mask_scale: Size of the mask files in percent of the image, 0 to 100.
        keep_capture_time: Write the source's capture time into the result.
        keep_gps: Write the source's position into the result.
        keep_panorama: Write into the result how a panorama lies on the sphere, which says nothing about people.
        audio: What becomes of a video's audio.
        keep_bit_rate: Aim at the bit rate of a video's source instead of at a quality.
        broken_frames: What becomes of a video with damaged frames.
        check_every: The finished video is looked at again in each so-many-th frame, besides the telling places of each
            object; None leaves it to the deployment.
    """

    method: AnonymizationMethod = AnonymizationMethod.BLUR
    face: ClassRule = DEFAULT_RULES[ObjectClass.FACE]
    license_plate: ClassRule = DEFAULT_RULES[ObjectClass.LICENSE_PLATE]
    person: ClassRule = DEFAULT_RULES[ObjectClass.PERSON]
    vehicle: ClassRule = DEFAULT_RULES[ObjectClass.VEHICLE]
    profile: Profile | None = None
    margin: float = 0.1
    boxes: bool = False
    ignore_zones: tuple[Zone, ...] = ()
    tiling: Tiling | None = None
    quality: int | None = None
    compress_level: int = 5
    debug: bool = False
    score: bool = False
    masks: SavedMasks = SavedMasks.ALL
    mask_scale: float = 100
    keep_capture_time: bool = False
    keep_gps: bool = False
    keep_panorama: bool = True
    audio: Audio = Audio.KEEP
    keep_bit_rate: bool = False
    broken_frames: BrokenFrames = BrokenFrames.FAIL
    check_every: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers outside their range and a policy that looks for nothing.

        Raises:
            PolicyError: A value is out of range, or no class is chosen.
        """
        _check("margin", self.margin, 0, 5)
        _check("quality", self.quality or 0, 0, 100)
        _check("compress_level", self.compress_level, 0, 9)
        _check("mask_scale", self.mask_scale, 0, 100)
        _check("check_every", 1 if self.check_every is None else self.check_every, 1, MOST_FRAMES_UNCHECKED)
        if not self.classes:
            raise PolicyError("classes", "Choose at least one of face, license_plate, person and vehicle.")

    def rule(self, object_class: ObjectClass) -> ClassRule:
        """Return the rule of one class."""
        rule: ClassRule = getattr(self, object_class.value)
        return rule

    @property
    def classes(self) -> tuple[ObjectClass, ...]:
        """The classes to look for, in the order of `ObjectClass`."""
        return tuple(each for each in ObjectClass if self.rule(each).hide)

    def require_classes(self, available: Collection[ObjectClass]) -> None:
        """Return only if every class to look for is among the available ones.

        Raises:
            ClassUnavailableError: One is not.
        """
        for missing in (each for each in self.classes if each not in available):
            raise ClassUnavailableError(
                missing,
                f"No installed model finds this class: {missing}. `veil models pull` installs the models that do "
                "not come with Veil.",
            )
