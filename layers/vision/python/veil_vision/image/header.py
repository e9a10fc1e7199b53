"""What is known of an image before it is decoded, and the limits it must keep."""

from dataclasses import dataclass

from veil_vision.errors import DefectiveImageError, ImageTooLargeError
from veil_vision.image.kinds import ImageFormat, PictureKind

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What a file may announce before Veil refuses to decode it.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width times height.
        max_side: width or height; libpng and OpenCV both refuse more than a million.
    """

    max_bytes: int = 100_000_000
    max_pixels: int = 200_000_000
    max_side: int = 1_000_000

    def check(self, *, width: int, height: int) -> None:
        """Refuse a size in pixels.

        Raises:
            DefectiveImageError: A side is zero.
            ImageTooLargeError: A side or the area is beyond the limit.
        """
        if not (width and height):
            raise DefectiveImageError(f"the image announces {width} x {height} pixels")
        if width * height > self.max_pixels or max(width, height) > self.max_side:
            raise ImageTooLargeError(
                f"the image has {width} x {height} pixels; the limits are {self.max_pixels} pixels"
                f" and {self.max_side} on a side"
            )


DEFAULT_LIMITS = ImageLimits()


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What a file announces about its pixels.

    Attributes:
        kind: of the file.
        format: of the file that becomes of it.
        width: columns as stored, before EXIF orientation.
        height: rows as stored, before EXIF orientation.
        bit_depth: bits per sample as stored, 1 to 16.
        channels: samples of colour per pixel, without transparency; those that a palette names are three.
        is_transparent: whether pixels may be transparent.
        exif: the TIFF block of the EXIF metadata, unchecked.
        xmp: the XMP packet, unchecked; of JPEGs only.
        icc: a profile of the announced length that fits the channels, unchecked beyond that.
        colour: PNG chunks that say what the numbers mean (gamma, primaries), of the right size and unchecked beyond
            that, as (type, payload).
        remarks: what of the file takes no part, in words.
    """

    kind: PictureKind
    format: ImageFormat
    width: int
    height: int
    bit_depth: int
    channels: int
    is_transparent: bool = False
    exif: bytes | None = None
    xmp: bytes | None = None
    icc: bytes | None = None
    colour: tuple[tuple[bytes, bytes], ...] = ()
    remarks: tuple[str, ...] = ()
