"""PNG pixels by OpenCV, which alone keeps 16 bits; see docs/decisions/0002-image-codecs.md."""

import cv2
import numpy as np

from veil_vision.errors import DefectiveImageError
from veil_vision.image.header import ImageHeader
from veil_vision.image.png_chunks import chunks, only_pixels, packed, profile_chunk, replace_header, with_chunks
from veil_vision.image.samples import Samples, StoredImage, samples

_GREY = 1
_GREY_ALPHA_COLOUR_TYPE = 4
_DEEP = 16
_GREY_DIMENSIONS, _COLOUR_CHANNELS = 2, 3


def decode(data: memoryview, header: ImageHeader) -> StoredImage:
    """Return the pixels of a PNG; fewer than eight bits and palettes become eight bits, sixteen stay.

    Raises:
        DefectiveImageError: The file is truncated or corrupt.
    """
    stored = decode_by_opencv(only_pixels(data))
    expected = np.uint16 if header.bit_depth == _DEEP else np.uint8
    if stored.shape[:2] != (header.height, header.width) or stored.dtype != expected:
        raise DefectiveImageError("the PNG decodes to another size or depth than it announces")
    if stored.ndim == _GREY_DIMENSIONS:
        return StoredImage(stored[..., None], _keyed_alpha(data, stored, header))
    pixels, alpha = split(stored, grey=header.channels == _GREY)
    return StoredImage(pixels, alpha)


def decode_by_opencv(data: bytes) -> Samples:
    """Return what OpenCV makes of a PNG or TIFF, in its order of channels and at full depth.

    Raises:
        DefectiveImageError: The file is truncated or corrupt.
        MemoryError: There is no room for the pixels, which is no fault of the file.
    """
    try:
        stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError("there is no room for the pixels") from error
        # Its own words name the machine that OpenCV was built on.
        raise DefectiveImageError("the pixel data cannot be decoded") from error
    if stored is None:
        raise DefectiveImageError("the pixel data are truncated or corrupt")
    return samples(stored)


def split(stored: Samples, *, grey: bool) -> tuple[Samples, Samples | None]:
    """Return pixels and alpha of an array in OpenCV's order: BGR, or BGRA also for grey with alpha."""
    if stored.shape[2] == _COLOUR_CHANNELS:
        return samples(cv2.cvtColor(stored, cv2.COLOR_BGR2RGB, dst=stored)), None
    alpha = samples(cv2.extractChannel(stored, 3))
    if grey:
        return samples(cv2.extractChannel(stored, 0))[..., None], alpha
    return samples(cv2.cvtColor(stored, cv2.COLOR_BGRA2RGB)), alpha


def _keyed_alpha(data: memoryview, grey: Samples, header: ImageHeader) -> Samples | None:
    """Return what tRNS makes of a grey image: the one level it names is transparent. OpenCV ignores it there."""
    keys = [chunk.payload for chunk in chunks(data) if chunk.type == b"tRNS"]
    if not keys:
        return None
    highest = int(np.iinfo(grey.dtype).max)
    level = int.from_bytes(keys[0][:2], "big") * highest // (2**header.bit_depth - 1)
    alpha = np.full_like(grey, highest)
    alpha[grey == level] = 0
    return alpha


def encode(
    pixels: Samples,
    alpha: Samples | None,
    *,
    compress_level: int,
    exif: bytes | None,
    icc: bytes | None,
    colour: tuple[tuple[bytes, bytes], ...],
) -> bytes:
    """Return a PNG of pixels (H, W, 1 or 3) and alpha (H, W), uint8 or uint16."""
    extra = [packed(name, payload) for name, payload in colour]
    extra += [profile_chunk(icc)] if icc else []
    extra += [packed(b"eXIf", exif)] if exif else []
    if alpha is not None and pixels.shape[2] == 1:
        return with_chunks(_grey_with_alpha(pixels[..., 0], alpha, compress_level), extra)
    return with_chunks(_encode_by_opencv(_in_opencv_order(pixels, alpha), compress_level), extra)


def _in_opencv_order(pixels: Samples, alpha: Samples | None) -> Samples:
    if pixels.shape[2] == 1:
        return pixels
    if alpha is None:
        return samples(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    ordered = samples(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA))
    ordered[..., 3] = alpha
    return ordered


def _grey_with_alpha(grey: Samples, alpha: Samples, compress_level: int) -> bytes:
    """Return a grey PNG with alpha, which OpenCV cannot write, as one of equal bytes under another header.

    PNG stores numbers big-endian and filters bytes, so grey and alpha of 8 bits are, byte for byte, grey of 16,
    and those of 16 bits are RGBA of 8.
    """
    both = np.stack([grey, alpha], axis=-1).astype(grey.dtype.newbyteorder(">"))
    height, width = grey.shape
    if grey.dtype == np.uint8:
        twin = samples(both.view(">u2").astype(np.uint16).reshape(height, width))
    else:
        twin = samples(cv2.cvtColor(both.view(np.uint8).reshape(height, width, 4), cv2.COLOR_RGBA2BGRA))
    encoded = _encode_by_opencv(twin, compress_level)
    return replace_header(encoded, bit_depth=grey.dtype.itemsize * 8, colour_type=_GREY_ALPHA_COLOUR_TYPE)


def _encode_by_opencv(ordered: Samples, compress_level: int) -> bytes:
    written, encoded = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, compress_level])
    if not written:
        raise ValueError(f"OpenCV cannot write a PNG of shape {ordered.shape} and type {ordered.dtype}")
    return encoded.tobytes()
