"""Images between the bytes of a file and upright pixels."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from veil_vision.image import jpeg_codec, pillow_codec, png_codec
from veil_vision.image.colours import NONE_STATED, resolve_colours
from veil_vision.image.containers import DEFAULT_LIMITS, ImageFormat, ImageLimits, read_header
from veil_vision.image.header import ImageHeader
from veil_vision.image.jpeg_blocks import with_painted
from veil_vision.image.jpeg_coding import read_coding
from veil_vision.image.jpeg_segments import with_metadata
from veil_vision.image.kinds import PictureKind
from veil_vision.image.metadata import UPRIGHT, KeptMetadata, MetadataPolicy, read_metadata, write_exif, write_xmp
from veil_vision.image.orientation import as_stored, upright
from veil_vision.image.panorama_xmp import read_panorama
from veil_vision.image.samples import Samples, bands

_HIGHEST_QUALITY, DEFAULT_QUALITY = 100, 90
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
        coded: the JPEG that stores these pixels, with nothing but what its decoder needs, where blocks of it can stay
            as they are.
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
    coded: bytes | None = None

    @property
    def stored_orientation(self) -> int:
        """How pixels lie in its file: as they came in one whose blocks stay, otherwise upright."""
        return UPRIGHT if self.coded is None else self.metadata.orientation


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
    resolved = resolve_colours(stored.pixels, header, adobe_rgb=metadata.adobe_rgb)
    orientation = UPRIGHT if stored.upright else metadata.orientation
    pixels = upright(resolved.pixels, orientation)
    alpha = None if stored.alpha is None else upright(stored.alpha, orientation)
    if alpha is not None:
        _clear(pixels, alpha == 0)
    is_recoded = header.kind is PictureKind.JPEG and (resolved.is_converted or stored.coded is None)
    return Picture(
        pixels,
        alpha,
        header.format,
        icc=resolved.icc,
        metadata=metadata,
        colour=resolved.colour,
        colour_note=resolved.note,
        kind=header.kind,
        remarks=(*header.remarks, coded_whole("its colours are converted")) if is_recoded else header.remarks,
        coded=None if is_recoded else stored.coded,
    )


def _clear(pixels: Samples, where: NDArray[np.bool_]) -> None:
    """Set pixels (H, W, C) to zero in place; an index of all of them at once would take 16 bytes for each."""
    for rows in bands(pixels):
        pixels[rows][where[rows]] = 0


def coded_whole(reason: str) -> str:
    """Return in words that pixels of a JPEG change a little everywhere, and why."""
    return f"the JPEG is coded whole: {reason}"


def _metadata(header: ImageHeader) -> KeptMetadata:
    found = read_metadata(header.exif, header.xmp)
    panorama = read_panorama(header.xmp or b"")
    # Its numbers are said of the stored pixels.
    fits = panorama and found.orientation == UPRIGHT and panorama.fits(width=header.width, height=header.height)
    return replace(found, panorama=panorama) if fits else found


def encode_image(
    picture: Picture,
    *,
    quality: int = DEFAULT_QUALITY,
    compress_level: int = 5,
    keep: MetadataPolicy,
    touched: NDArray[np.bool_] | None = None,
) -> bytes:
    """Return a complete file of the picture's format that holds nothing but what the picture and the policy say.

    Args:
        picture: what to write; only PNG can have 16 bits or transparency.
        quality: of JPEG that is coded whole, 0 to 100; from 95 on colours keep their full resolution.
        compress_level: of PNG, 0 to 9.
        keep: which metadata to write.
        touched: bool (height, width), where the picture differs from the JPEG it came from. Blocks of that JPEG which
            are not touched stay as they are; without it everything is coded anew.

    Raises:
        ValueError: The quality is outside its scale, or the format cannot hold the picture.
        NotKeptError: Blocks of this JPEG cannot stay.
    """
    if picture.coded is not None and touched is not None:
        return _painted(picture, picture.coded, touched, keep)
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


def _painted(picture: Picture, coded: bytes, touched: NDArray[np.bool_], keep: MetadataPolicy) -> bytes:
    orientation = picture.stored_orientation
    pixels, places = as_stored(picture.pixels, orientation), as_stored(touched.view(np.uint8), orientation)
    return with_metadata(
        with_painted(read_coding(coded), pixels, places.view(np.bool_)),
        exif=write_exif(picture.metadata, keep, orientation=orientation),
        xmp=write_xmp(picture.metadata, keep),
        icc=picture.icc,
    )
