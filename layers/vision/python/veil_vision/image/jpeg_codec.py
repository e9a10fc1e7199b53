"""JPEG pixels; why simplejpeg and when Pillow: docs/decisions/0002-image-codecs.md."""

import io
import re

import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # ships no types
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from veil_vision.errors import DefectiveImageError
from veil_vision.image.header import ImageHeader
from veil_vision.image.jpeg_segments import only_pixels, with_metadata
from veil_vision.image.samples import Samples, StoredImage, samples

_GREY_CHANNELS, _CMYK_CHANNELS = 1, 4
_FULL_COLOUR_QUALITY = 95
# What simplejpeg refuses although the pixels may be whole; Pillow decodes it. libjpeg reports only its first warning,
# so damage further on could hide behind one of these. That costs looks, not secrets: what is hidden, and what the
# gate looks at, are the pixels that were really decoded.
_ONLY_UNUSUAL = re.compile(
    "unknown JFIF revision|Unknown Adobe color transform|Invalid SOS parameters for sequential|subsampling level"
    # Webcams and old phones fill up restart intervals; whole rows of damage are longer than that.
    r"|data: \d{1,2} extraneous bytes before marker 0xd"
)


def decode(data: memoryview, header: ImageHeader) -> StoredImage:
    """Return the pixels of a JPEG.

    Raises:
        DefectiveImageError: The file is truncated or corrupt.
    """
    pixels_only = only_pixels(data)
    if header.channels == _CMYK_CHANNELS:
        return StoredImage(_array(_decode_by_pillow(pixels_only, "CMYK")), None)
    colours = "GRAY" if header.channels == _GREY_CHANNELS else "RGB"
    pixels = _decode_strictly(pixels_only, colours)
    if pixels.shape != (header.height, header.width, header.channels):
        raise DefectiveImageError("the JPEG decodes to another size than it announces")
    return StoredImage(pixels, None, coded=pixels_only)


def _decode_strictly(data: bytes, colours: str) -> Samples:
    try:
        return samples(simplejpeg.decode_jpeg(data, colorspace=colours))
    except ValueError as error:
        if not _ONLY_UNUSUAL.search(str(error)):
            raise DefectiveImageError(f"the JPEG cannot be decoded: {error}") from error
    return _array(_decode_by_pillow(data, "L" if colours == "GRAY" else "RGB"))


def _decode_by_pillow(data: bytes, mode: str) -> Image.Image:
    """Decode with the plugin itself: `Image.open` warns or raises on sizes that our limits allow."""
    try:
        image = JpegImageFile(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise DefectiveImageError(f"the JPEG cannot be decoded: {error}") from error
    if image.mode != mode:
        raise DefectiveImageError(f"the JPEG announces {mode} and decodes to {image.mode}")
    return image


def _array(image: Image.Image) -> Samples:
    return np.array(image, dtype=np.uint8).reshape(image.height, image.width, -1)


def encode(pixels: Samples, *, quality: int, exif: bytes | None, xmp: bytes | None, icc: bytes | None) -> bytes:
    """Return a baseline JPEG of uint8 pixels (H, W, 1 or 3)."""
    grey = pixels.shape[2] == _GREY_CHANNELS
    colour_sampling = "444" if quality >= _FULL_COLOUR_QUALITY else "420"
    encoded: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels),
        quality=quality,
        colorspace="GRAY" if grey else "RGB",
        colorsubsampling="Gray" if grey else colour_sampling,
    )
    return with_metadata(encoded, exif=exif, xmp=xmp, icc=icc)
