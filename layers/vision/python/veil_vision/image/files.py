"""Images between the bytes of a file and upright pixels."""

from dataclasses import dataclass, field, replace

import numpy as np

from veil_vision.image import jpeg_codec, pillow_codec, png_codec
from veil_vision.image.colours import NONE_STATED, settle
from veil_vision.image.containers import DEFAULT_LIMITS, ImageFormat, ImageLimits, read_header
from veil_vision.image.header import ImageHeader
from veil_vision.image.kinds import PictureKind
from veil_vision.image.metadata import UPRIGHT, KeptMetadata, MetadataPolicy, read_metadata, write_exif, write_xmp
from veil_vision.image.orientation import upright
from veil_vision.image.panorama_xmp import read_panorama
from veil_vision.image.samples import Samples

_HIGHEST_QUALITY = 100
_DECODERS = {PictureKind.JPEG: jpeg_codec.decode, PictureKind.PNG: png_codec.decode}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded image, upright: the EXIF orientation is already applied.

    Attributes:
        pixels: uint8 or uint16 (H, W, C); C is 1 for grey, 3 for RGB in this order.
        alpha: same dtype (H, W), 0 is transparent; None for an opaque image. Where it is 0, so are the pixels:
            nobody sees what lies there, so nothing may be carried there.
        format: of the file it becomes.
        icc: profile of our own (see `write_profile`) that fits the pixels; None means sRGB.
        metadata: what a policy may keep.
        colour: PNG chunks that say what the numbers mean and that a result may hold.
        colour_note: what became of the source's colours, for the report.
        kind: of the file it came from; None for a picture that came from none.
        remarks: what of that file takes no part, in words.
    """

    pixels: Samples
    alpha: Samples | None
    format: ImageFormat
    icc: bytes | None = None
    metadata: KeptMetadata = field(default_factory=KeptMetadata)
    colour: tuple[tuple[bytes, bytes], ...] = ()
    colour_note: str = NONE_STATED
    kind: PictureKind | None = None
    remarks: tuple[str, ...] = ()


def decode_image(data: bytes | memoryview, *, limits: ImageLimits = DEFAULT_LIMITS) -> Picture:
    """Return the picture a file shows: of several the first, upright, at its full depth.

    Its colours are ones that a result may name: see `colours`.

    Raises:
        ImageTooLargeError: The header announces more than the limits allow; nothing was decoded.
        UnsupportedImageError: The file is not a picture of a kind that Veil reads.
        DefectiveImageError: The file is truncated or corrupt.
    """
    header = read_header(data, limits=limits)
    metadata = _metadata(header)
    stored = _DECODERS.get(header.kind, pillow_codec.decode)(memoryview(data), header)
    settled = settle(stored.pixels, header, adobe_rgb=metadata.adobe_rgb)
    orientation = UPRIGHT if stored.upright else metadata.orientation
    pixels = upright(settled.pixels, orientation)
    alpha = None if stored.alpha is None else upright(stored.alpha, orientation)
    if alpha is not None:
        pixels[alpha == 0] = 0
    return Picture(
        pixels,
        alpha,
        header.format,
        icc=settled.icc,
        metadata=metadata,
        colour=settled.colour,
        colour_note=settled.note,
        kind=header.kind,
        remarks=header.remarks,
    )


def _metadata(header: ImageHeader) -> KeptMetadata:
    found = read_metadata(header.exif, header.xmp)
    panorama = read_panorama(header.xmp or b"")
    # Its numbers are said of the stored pixels.
    fits = panorama and found.orientation == UPRIGHT and panorama.fits(width=header.width, height=header.height)
    return replace(found, panorama=panorama) if fits else found


def encode_image(picture: Picture, *, quality: int = 90, compress_level: int = 5, keep: MetadataPolicy) -> bytes:
    """Return a complete file of the picture's format that holds nothing but what the picture and the policy say.

    Args:
        picture: what to write; only PNG can have 16 bits or transparency.
        quality: of JPEG, 0 to 100; from 95 on colours keep their full resolution.
        compress_level: of PNG, 0 to 9.
        keep: which metadata to write.

    Raises:
        ValueError: The quality is outside its scale, or the format cannot hold the picture.
    """
    exif, xmp = write_exif(picture.metadata, keep), write_xmp(picture.metadata, keep)
    if picture.format is ImageFormat.JPEG:
        if picture.alpha is not None or picture.pixels.dtype != np.uint8:
            raise ValueError("a JPEG has neither transparency nor 16 bits")
        if not 0 <= quality <= _HIGHEST_QUALITY:
            raise ValueError(f"quality must lie between 0 and {_HIGHEST_QUALITY}, got {quality}")
        return jpeg_codec.encode(picture.pixels, quality=quality, exif=exif, xmp=xmp, icc=picture.icc)
    return png_codec.encode(
        picture.pixels, picture.alpha, compress_level=compress_level, exif=exif, icc=picture.icc, colour=picture.colour
    )
