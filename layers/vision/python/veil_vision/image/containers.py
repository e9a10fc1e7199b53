"""What the bytes of an image file say before any pixel is decoded."""

from veil_vision.errors import ImageTooLargeError, UnsupportedImageError
from veil_vision.image import jpeg_segments, pillow_codec, png_chunks
from veil_vision.image.header import DEFAULT_LIMITS, Buffer, ImageHeader, ImageLimits
from veil_vision.image.kinds import SNIFFED_BYTES, ImageFormat, PictureKind, kind_of

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
        UnsupportedImageError: No picture of a kind that Veil reads, or a variant of one that it does not.
        DefectiveImageError: The structure is broken before the end of the header.
    """
    view = memoryview(data)
    if len(view) > limits.max_bytes:
        raise ImageTooLargeError(f"the file has {len(view)} bytes; the limit is {limits.max_bytes}")
    kind = kind_of(bytes(view[:SNIFFED_BYTES]))
    match kind:
        case PictureKind.JPEG:
            return jpeg_segments.read_header(view, limits)
        case PictureKind.PNG:
            return png_chunks.read_header(view, limits)
        case None:
            raise UnsupportedImageError("the file is no picture of a kind that Veil knows")
    if kind.result is None:
        raise UnsupportedImageError(f"the file is a {kind}, which Veil does not read; {kind.remedy}")
    return pillow_codec.read_header(view, kind, limits)
