"""The gate, first half: what is proven of a result without any model. No proof, no picture.

It trusts nothing that made the result: it starts from what was detected, and reads the finished file
as whoever downloads it would. The other half, which looks at what the file shows, is `recheck`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from veil_vision.errors import ImageError, VerificationError
from veil_vision.geometry.boxes import Window, windows_of
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.regions import Region, Zone
from veil_vision.image.containers import read_header
from veil_vision.image.files import Picture, decode_image
from veil_vision.image.header import ImageLimits
from veil_vision.image.kinds import ImageFormat
from veil_vision.image.metadata import MetadataPolicy, write_exif, write_xmp
from veil_vision.verify.jpeg_blocks import means_are_same, require_untouched
from veil_vision.verify.leaks import scan
from veil_vision.verify.similarity import resembling


def require_covered(
    detections: Detections, regions: Sequence[Region | None], zones: Sequence[Zone], *, width: int, height: int
) -> NDArray[np.bool_]:
    """Return bool (height, width), what is to be hidden, only if no detected pixel outside the zones is left out.

    A detection's pixels are those its box touches or, where it has a segment, those that also the segment touches.

    Raises:
        VerificationError: A pixel is left out, or a region does not fit into the picture.
    """
    hidden = np.zeros((height, width), dtype=np.bool_)
    for region in _present(regions):
        window = hidden[region.rows, region.columns]
        if window.shape != region.core.shape or min(region.x1, region.y1) < 0:
            raise VerificationError(f"The region of a {region.object_class} does not fit into the picture.")
        window |= region.core
    windows = windows_of(detections.boxes, width=width, height=height).tolist()
    for window, segment in zip(windows, detections.segments, strict=True):
        x1, y1, x2, y2 = window
        within = hidden[y1:y2, x1:x2]
        if within.all():
            continue
        wanted = outside(zones, window) & (True if segment is None else segment.within(window, 0))
        if (wanted & ~within).any():
            raise VerificationError("Something that was found would not be covered whole.")
    return hidden


def outside(zones: Sequence[Zone], window: Window) -> NDArray[np.bool_]:
    """Return bool (h, w), which pixels of a window lie in none of the zones."""
    left, top, right, bottom = window
    outside = np.ones((bottom - top, right - left), dtype=np.bool_)
    for zone in zones:
        outside[max(zone.y1 - top, 0) : max(zone.y2 - top, 0), max(zone.x1 - left, 0) : max(zone.x2 - left, 0)] = False
    return outside


def require_clean(
    data: bytes,
    drawn: Picture,
    regions: Sequence[Region | None],
    *,
    quality: int,
    keep: MetadataPolicy,
    lines: NDArray[np.bool_] | None = None,
) -> Picture:
    """Return what the finished file shows, only if that is what was drawn and the file holds nothing else.

    Args:
        data: The file.
        drawn: What went into it.
        regions: What was hidden.
        quality: JPEG quality of the file, where it was coded whole.
        keep: The facts about the photo that it may hold.
        lines: bool (height, width), where something was drawn on top of what hides. What lies there is not compared,
            in a JPEG its whole square: thin bright lines shift the colours around them.

    Raises:
        VerificationError: The file does not decode, is of another kind or size, shows something else where
            something was hidden, is not the JPEG it was elsewhere though its blocks were to stay, or holds bytes that
            a published picture must not hold.
        NotKeptError: Whether blocks stayed cannot be told.
    """
    leaks = scan(data)
    if leaks:
        raise VerificationError(f"The result holds more than its pixels: {', '.join(leaks)}.")
    shown = _decoded(data, drawn, keep)
    if (shown.icc, shown.colour) != (drawn.icc, drawn.colour):
        raise VerificationError("The result says something else about its colours than was to be said.")
    if _kind(shown) != _kind(drawn):
        raise VerificationError(f"The result is {_kind(shown)}, not {_kind(drawn)}.")
    if drawn.coded is not None:
        require_untouched(data, shown, drawn, drawn.coded, regions, lines=lines)
    is_same = _is_same if shown.format is ImageFormat.PNG else means_are_same(drawn, quality)
    for region in _present(regions):
        if not is_same(shown, drawn, region, lines):
            raise VerificationError(f"The result does not show what was drawn over a {region.object_class}.")
    return shown


def require_replaced(source: Picture, shown: Picture, regions: Sequence[Region | None]) -> None:
    """Return only if no region's detail in the result resembles that in the source.

    Raises:
        VerificationError: One does. It is not redrawn: then the result would depend on what it hides.
    """
    for region in resembling(source.pixels, shown.pixels, _present(regions)):
        raise VerificationError(f"A {region.object_class} was not replaced: the result still resembles it.")


def _decoded(data: bytes, drawn: Picture, keep: MetadataPolicy) -> Picture:
    height, width = drawn.pixels.shape[:2]
    # A result may be larger than an upload may be, in bytes; in pixels it has just the size of what was drawn.
    limits = ImageLimits(max_bytes=len(data), max_pixels=width * height, max_side=max(width, height))
    try:
        header = read_header(data, limits=limits)
        if (header.exif, header.xmp) != (_exif(drawn, keep), write_xmp(drawn.metadata, keep)):
            raise VerificationError("The result tells other facts about the photo than were to be kept.")
        return decode_image(data, limits=limits)
    except ImageError as error:
        raise VerificationError(f"The result cannot be decoded: {error}") from error


def _exif(drawn: Picture, keep: MetadataPolicy) -> bytes | None:
    return write_exif(drawn.metadata, keep, orientation=drawn.stored_orientation)


def _kind(picture: Picture) -> str:
    alpha = "opaque" if picture.alpha is None else "with alpha"
    return f"{picture.format} {picture.pixels.shape} {picture.pixels.dtype} {alpha}"


def _is_same(shown: Picture, drawn: Picture, region: Region, lines: NDArray[np.bool_] | None) -> bool:
    """Tell whether the core holds exactly the pixels drawn, and hides what the alpha plane told, too."""
    here = shown.pixels[region.rows, region.columns] != drawn.pixels[region.rows, region.columns]
    compared = region.core if lines is None else region.core & ~lines[region.rows, region.columns]
    if here.any(axis=2)[compared].any():
        return False
    if shown.alpha is None:
        return True
    return bool((shown.alpha[region.rows, region.columns][region.core] == np.iinfo(shown.alpha.dtype).max).all())


def _present(regions: Sequence[Region | None]) -> list[Region]:
    return [region for region in regions if region is not None]
