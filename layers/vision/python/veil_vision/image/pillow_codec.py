"""Pictures that are neither JPEG nor PNG, by Pillow; TIFFs of 16 bits by OpenCV, which alone keeps them.

Of several pictures in one file the first is read. The plugins are called by name: `Image.open` warns or raises on
sizes that our limits allow, and tries kinds that nobody asked for.
"""

import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from veil_vision.errors import DefectiveImageError, UnsupportedImageError
from veil_vision.image.colour_profile import whole_profile
from veil_vision.image.header import ImageHeader, ImageLimits
from veil_vision.image.kinds import ImageFormat, PictureKind
from veil_vision.image.png_codec import decode_by_opencv, split
from veil_vision.image.samples import Samples, StoredImage, bands, to_eight_bits
from veil_vision.image.tiff_planes import decode_planes

_PLUGINS: Mapping[PictureKind, type[ImageFile.ImageFile]] = {
    PictureKind.WEBP: WebPImageFile,
    PictureKind.AVIF: AvifImageFile,
    PictureKind.JPEG_2000: Jpeg2KImageFile,
    PictureKind.TIFF: TiffImageFile,
    PictureKind.BMP: BmpImageFile,
    PictureKind.GIF: GifImageFile,
}
# What a mode is decoded to; others (floating point, CIE L*a*b*) are no photos.
_DECODED = {
    "1": "L", "L": "L", "LA": "LA", "P": "RGBA", "PA": "RGBA", "RGB": "RGB", "RGBA": "RGBA", "RGBX": "RGB",
    "YCbCr": "RGB", "CMYK": "CMYK", "I;16": "I;16", "I;16B": "I;16", "I;16L": "I;16",
}  # fmt: skip
# How Pillow calls samples that it has no mode for: three of 32 bits, or grey of 16 with transparency.
_NO_MODE = "unknown pixel mode"
_WITH_ALPHA = frozenset({"LA", "RGBA"})
_CHANNELS = {"L": 1, "LA": 1, "I;16": 1, "RGB": 3, "RGBA": 3, "CMYK": 4}
_BITS_PER_SAMPLE, _SUBFILE, _DNG_VERSION = 258, 254, 50706
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
_PLANAR_CONFIGURATION, _IN_PLANES = 284, 2
_EXTRA_SAMPLES, _MULTIPLIED_ALPHA = 338, 1
_DEEP, _WHITE = 16, 255


def read_header(data: memoryview, kind: PictureKind, limits: ImageLimits) -> ImageHeader:
    """Return what a file announces about its first picture.

    Raises:
        DefectiveImageError: The structure is broken.
        UnsupportedImageError: A raw camera file, or numbers that are no photo's.
        ImageTooLargeError: The picture exceeds the limits.
    """
    image = _opened(data, kind)
    limits.check(width=image.width, height=image.height)
    if image.mode not in _DECODED:
        raise UnsupportedImageError(f"{kind} with pixels of mode {image.mode} is not supported")
    channels = _CHANNELS[_DECODED[image.mode]]
    profile = image.info.get("icc_profile")
    return ImageHeader(
        kind=kind,
        format=kind.result or ImageFormat.PNG,
        width=image.width,
        height=image.height,
        bit_depth=_bit_depth(image),
        channels=channels,
        is_transparent=_DECODED[image.mode] in _WITH_ALPHA,
        exif=bytes(data) if kind is PictureKind.TIFF else _exif(image),
        icc=whole_profile(profile, channels=channels) if isinstance(profile, bytes) else None,
        remarks=_remarks(image),
    )


def decode(data: memoryview, header: ImageHeader) -> StoredImage:
    """Return the pixels of the first picture; where it becomes a JPEG, as 8 bits on white.

    Raises:
        DefectiveImageError: The file is truncated or corrupt.
    """
    image = _opened(data, header.kind)
    if isinstance(image, TiffImageFile) and header.bit_depth == _DEEP:
        is_in_planes = _is_in_planes(image)
        deep = decode_planes(data, image) if is_in_planes else decode_by_opencv(bytes(data))
        if deep.shape[:2] != (header.height, header.width) or deep.dtype != np.uint16:
            raise DefectiveImageError("the TIFF decodes to another size or depth than it announces")
        return _as_meant(_of_planes(deep, header) if is_in_planes else _deep(deep, header), image)
    stored = _split(_loaded(image, header.kind))
    if header.format is ImageFormat.JPEG:
        return _for_jpeg(stored)
    # Both codecs turn TIFFs by themselves.
    return replace(stored, upright=header.kind is PictureKind.TIFF)


def _opened(data: memoryview, kind: PictureKind) -> ImageFile.ImageFile:
    try:
        image = _PLUGINS[kind](io.BytesIO(data))
    except MemoryError:
        raise
    except Exception as error:  # plugins raise whatever their parsing trips over
        if str(error) == _NO_MODE:
            raise UnsupportedImageError(
                f"{kind} with such colours is not supported; save it as RGB or grey with 8 or 16 bits"
            ) from error
        raise DefectiveImageError(f"the {kind} cannot be read: {error}") from error
    if isinstance(image, TiffImageFile) and _is_raw(image):
        raise UnsupportedImageError(f"the file is a raw camera file (DNG or the like); {PictureKind.RAW.remedy}")
    return image


def _is_raw(image: TiffImageFile) -> bool:
    """Tell whether the first picture is only a preview of a raw one (DNG 1.7, NewSubFileType)."""
    return _DNG_VERSION in image.tag_v2 or bool(image.tag_v2.get(_SUBFILE, 0) & 1)


def _bit_depth(image: ImageFile.ImageFile) -> int:
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, (8,)) if isinstance(image, TiffImageFile) else (8,)
    # OpenCV does not know CMYK of 16 bits. It is converted in 8, as all CMYK.
    return _DEEP if image.mode.startswith("I;16") or (max(bits) == _DEEP and image.mode != "CMYK") else 8


def _is_in_planes(image: ImageFile.ImageFile) -> bool:
    return (
        isinstance(image, TiffImageFile)
        and len(image.getbands()) > 1
        and image.tag_v2.get(_PLANAR_CONFIGURATION) == _IN_PLANES
    )


def _exif(image: ImageFile.ImageFile) -> bytes | None:
    exif = image.info.get("exif")
    return exif.removeprefix(b"Exif\0\0") if isinstance(exif, bytes) else None


def _remarks(image: ImageFile.ImageFile) -> tuple[str, ...]:
    return ("only the first of several pictures",) if _has_more(image) else ()


def _has_more(image: ImageFile.ImageFile) -> bool:
    """Tell whether another picture follows; to count them would take minutes where a hostile file has a million."""
    try:
        return bool(getattr(image, "is_animated", False))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # plugins raise whatever their parsing trips over: something follows, if damaged
        return True


def _loaded(image: ImageFile.ImageFile, kind: PictureKind) -> Image.Image:
    try:
        image.load()
        # A conversion copies, also where there is nothing to convert.
        return image if image.mode == _DECODED[image.mode] else image.convert(_DECODED[image.mode])
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise DefectiveImageError(f"the {kind} cannot be decoded: {error}") from error


def _split(image: Image.Image) -> StoredImage:
    array: Samples = np.array(image).reshape(image.height, image.width, -1)
    if image.mode not in _WITH_ALPHA:
        return StoredImage(array, None)
    alpha = np.ascontiguousarray(array[..., -1])
    opaque = bool((alpha == np.iinfo(alpha.dtype).max).all())
    return StoredImage(np.ascontiguousarray(array[..., :-1]), None if opaque else alpha)


def _deep(stored: Samples, header: ImageHeader) -> StoredImage:
    if stored.ndim == 2:  # noqa: PLR2004  # grey
        return StoredImage(stored[..., None], None, upright=True)
    return StoredImage(*split(stored, grey=header.channels == 1), upright=True)


def _of_planes(planes: Samples, header: ImageHeader) -> StoredImage:
    alpha = np.ascontiguousarray(planes[..., -1]) if header.is_transparent else None
    return StoredImage(np.ascontiguousarray(planes[..., : header.channels]), alpha, upright=True)


def _as_meant(stored: StoredImage, image: TiffImageFile) -> StoredImage:
    """Return the colours that a TIFF means, of which OpenCV passes on the numbers if they have 16 bits.

    Zero may be white, and colours may be multiplied by their transparency (TIFF 6.0, sections 3 and 18).
    """
    if image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        return replace(stored, pixels=~stored.pixels)
    if stored.alpha is None or _MULTIPLIED_ALPHA not in image.tag_v2.get(_EXTRA_SAMPLES, ()):
        return stored
    pixels, full = np.empty_like(stored.pixels), np.iinfo(stored.pixels.dtype).max
    for band in bands(pixels):
        share = np.maximum(stored.alpha[band, :, None].astype(np.uint32), 1)
        pixels[band] = np.minimum((stored.pixels[band] * np.uint32(full) + share // 2) // share, full)
    return replace(stored, pixels=pixels)


def _for_jpeg(stored: StoredImage) -> StoredImage:
    pixels = to_eight_bits(stored.pixels)
    if stored.alpha is None:
        return StoredImage(pixels, None)
    laid = np.empty_like(pixels)
    for band in bands(pixels):
        share = stored.alpha[band, :, None].astype(np.uint16)
        laid[band] = (pixels[band] * share + _WHITE * (_WHITE - share) + _WHITE // 2) // _WHITE
    return StoredImage(laid, None)
