"""What a file says about its colours becomes something a result may say; where that needs it, pixels change.

A known curve and primaries are named, and pixels stay. Another curve: pixels are stored by sRGB's, under the same
primaries. Another kind of profile, and CMYK: LittleCMS turns the pixels into sRGB.
Decision: docs/decisions/0016-colours.md.
"""

from dataclasses import dataclass

import numpy as np

from veil_vision.image.colour_conversion import CMYK_CHANNELS, store_as_srgb, to_srgb_by_profile, to_srgb_plainly
from veil_vision.image.colour_profile import write_profile
from veil_vision.image.colour_spaces import ADOBE_RGB, Description, space_of, with_curve
from veil_vision.image.header import ImageHeader
from veil_vision.image.icc_reading import described_by
from veil_vision.image.png_colours import described_by_chunks, may_stay
from veil_vision.image.samples import Samples
from veil_vision.image.transfer_curves import SRGB_CURVE

NONE_STATED = "none stated"
_RGB_CHANNELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedColours:
    """Pixels whose meaning a result can say.

    Attributes:
        pixels: as in `Picture`.
        icc: as in `Picture`.
        colour: as in `Picture`.
        note: what became of the source's colours, for the report.
        is_converted: whether the pixels are others than before.
    """

    pixels: Samples
    icc: bytes | None = None
    colour: tuple[tuple[bytes, bytes], ...] = ()
    note: str = NONE_STATED
    is_converted: bool = False


def resolve_colours(pixels: Samples, header: ImageHeader, *, adobe_rgb: bool = False) -> ResolvedColours:
    """Return pixels (H, W, 1, 3 or 4 for CMYK) and what a result may say of them; the array may be written to.

    Of several statements the one counts that viewers go by: code points, profile, sRGB, gamma and chromaticities,
    and `adobe_rgb`, which is what EXIF says.
    """
    chunks = dict(header.colour)
    if may_stay(b"cICP", chunks.get(b"cICP", b"")):
        return _by_code_points(pixels, header.icc, chunks[b"cICP"])
    if header.icc is not None or pixels.shape[2] == CMYK_CHANNELS:
        return _by_profile(pixels, header.icc)
    if may_stay(b"sRGB", chunks.get(b"sRGB", b"")):
        return ResolvedColours(pixels, colour=((b"sRGB", chunks[b"sRGB"]),), note="kept: sRGB")
    named = _named(pixels, described_by_chunks(chunks, grey=pixels.shape[2] == 1))
    if named is None and adobe_rgb and pixels.shape[2] == _RGB_CHANNELS:
        return ResolvedColours(pixels, write_profile(ADOBE_RGB), note=f"kept: {ADOBE_RGB.name}")
    return named or ResolvedColours(pixels, note="dropped" if chunks else NONE_STATED)


def _by_code_points(pixels: Samples, icc: bytes | None, code_points: bytes) -> ResolvedColours:
    """Keep the code points, and the profile for older viewers where it fits without a change."""
    found = described_by(icc) if icc else None
    space = found and space_of(found)
    return ResolvedColours(
        pixels, write_profile(space) if space else None, ((b"cICP", code_points),), "kept: code points"
    )


def _by_profile(pixels: Samples, icc: bytes | None) -> ResolvedColours:
    named = _named(pixels, described_by(icc) if icc else None)
    if named is not None:
        return named
    converted = to_srgb_by_profile(pixels, icc) if icc and pixels.dtype == np.uint8 else None
    if converted is not None:
        return ResolvedColours(converted, note="converted: sRGB", is_converted=True)
    if pixels.shape[2] == CMYK_CHANNELS:
        return ResolvedColours(to_srgb_plainly(pixels), note="converted: sRGB, without a profile", is_converted=True)
    return ResolvedColours(pixels, note="dropped")


def _named(pixels: Samples, found: Description | None) -> ResolvedColours | None:
    """Return the pixels under a profile of our own, or None where nothing is found that one can say."""
    if found is None:
        return None
    space = space_of(found)
    if space is not None:
        return ResolvedColours(pixels, write_profile(space), note=f"kept: {space.name}")
    recoded = with_curve(found, SRGB_CURVE)
    if recoded is None:
        return None
    store_as_srgb(pixels, found.curves)
    return ResolvedColours(
        pixels, write_profile(recoded), note=f"stored by another curve: {recoded.name}", is_converted=True
    )
