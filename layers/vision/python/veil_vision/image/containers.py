"""What the bytes of an image file say before any pixel is decoded."""

from veil_vision.errors import ImageTooLargeError, UnsupportedImageError
from veil_vision.image import jpeg_segments, png_chunks
from veil_vision.image.header import DEFAULT_LIMITS, Buffer, ImageFormat, ImageHeader, ImageLimits

__all__ = [
    "DEFAULT_LIMITS",
    "Buffer",
    "ImageFormat",
    "ImageHeader",
    "ImageLimits",
    "read_header",
    "sniff_format",
]


def sniff_format(head: bytes | memoryview) -> ImageFormat | None:
    """Return the format that the first bytes of a file announce; eight bytes suffice."""
    if head[:3] == b"\xff\xd8\xff":
        return ImageFormat.JPEG
    return ImageFormat.PNG if head[:8] == png_chunks.SIGNATURE else None


def read_header(data: Buffer, *, limits: ImageLimits) -> ImageHeader:
    """Return size, depth and metadata blocks of a file without decoding a pixel.

    Raises:
        ImageTooLargeError: The file or the image it announces exceeds the limits.
        UnsupportedImageError: Neither JPEG nor PNG, or a variant of them that Veil does not read.
        DefectiveImageError: The structure is broken before the end of the header.
    """
    view = memoryview(data)
    if len(view) > limits.max_bytes:
        raise ImageTooLargeError(f"the file has {len(view)} bytes; the limit is {limits.max_bytes}")
    found = sniff_format(view[:8])
    if found is None:
        raise UnsupportedImageError("the file is neither a JPEG nor a PNG image")
    reader = jpeg_segments.read_header if found is ImageFormat.JPEG else png_chunks.read_header
    return reader(view, limits)
