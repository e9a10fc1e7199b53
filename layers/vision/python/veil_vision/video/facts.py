"""What a video is, as its container and first frame tell, before all of it is read."""

from dataclasses import dataclass, field
from fractions import Fraction

from veil_vision.video.orientation import orientation_of, turned


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What is too large to be read.

    Attributes:
        max_bytes: Of the file.
        max_pixels: Of a frame.
        max_seconds: From its beginning to the end of its last frame.
    """

    max_bytes: int = 4 << 30
    max_pixels: int = 8192 * 8192
    max_seconds: int = 36 * 3600


@dataclass(frozen=True, slots=True)
class Colours:
    """What the numbers of the samples mean, as ITU-T H.273 counts these things; 2 is unspecified.

    Of RGB, what they mean as YUV, which they become.

    Attributes:
        full_range: Whether 0 is black; otherwise 16 of 255 is.
        mastering: Display on which an HDR video was graded, in the words of x264 and x265; None where not told.
        light_level: Brightest pixel and brightest frame on average, in candela per square metre; None where not told.
    """

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool = False
    mastering: str | None = None
    light_level: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Audio:
    """The audio stream that is played. Others take no part."""

    codec: str
    sample_rate: int
    layout: str


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What is to be known before the first frame is written.

    Attributes:
        container: Which kind of file a result becomes, if the encoder allows: mp4, mov or matroska.
        codec: Of the pictures.
        width, height: Of stored frames, in pixels.
        pixel_format: As FFmpeg names it.
        matrix: The display matrix; None where frames are shown as they are stored.
        pixel_aspect: Width of a pixel over its height.
        time_base: Unit of all times, in seconds.
        start: Time at which the file begins; results begin at 0.
        rate: Frames per second, on average.
        frames: How many there are, as far as the container tells; 0 where it does not.
        seconds: How long the pictures last, as far as the container tells; 0 where it does not.
        bit_rate: Of the pictures, in bits per second; 0 where unknown.
        field_order: "tt" or "bb" where frames consist of two fields, else "".
        colours: What the samples mean.
        audio: The audio stream; None for a silent file.
        dropped: What else lies in the file, in words.
        lacks_end: Whether the file says that it is longer.
        streams: The kind of each stream, as FFmpeg names it.
        tags: Name and text of every tag of the file, its streams and its chapters.
    """

    container: str
    codec: str
    width: int
    height: int
    pixel_format: str
    matrix: tuple[int, ...] | None
    pixel_aspect: Fraction
    time_base: Fraction
    start: int
    rate: Fraction
    frames: int
    seconds: float
    bit_rate: int
    field_order: str
    colours: Colours
    audio: Audio | None
    dropped: tuple[str, ...]
    lacks_end: bool
    streams: tuple[str, ...]
    # They may tell who made the file.
    tags: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def orientation(self) -> int:
        """How frames lie, as EXIF counts it."""
        return orientation_of(self.matrix)

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of a frame as it is shown, upright and with square pixels."""
        wide = max(self.pixel_aspect, Fraction(1))
        high = max(1 / self.pixel_aspect, Fraction(1))
        return turned((round(self.width * wide), round(self.height * high)), self.orientation)

    @property
    def expected_frames(self) -> int:
        """How many frames there probably are, at least one."""
        return max(self.frames or round(self.seconds * self.rate), 1)
