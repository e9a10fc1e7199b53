"""Pixels stored by another curve, or in another colour space, than they came in."""

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageCms

from veil_vision.image.colour_profile import write_profile
from veil_vision.image.colour_spaces import SRGB_SPACES
from veil_vision.image.samples import Samples
from veil_vision.image.transfer_curves import Function, stored_as_srgb

CMYK_CHANNELS = 4
_MODES = {1: "L", 3: "RGB", CMYK_CHANNELS: "CMYK"}
# Bounds what a conversion needs beside the pixels.
_ROWS_AT_ONCE = 256


def store_as_srgb(pixels: Samples, curves: Sequence[Function]) -> None:
    """Store each channel of pixels (H, W, C), in place, by sRGB's curve instead of its own; any depth."""
    highest = int(np.iinfo(pixels.dtype).max)
    levels = np.linspace(0, 1, highest + 1)
    for channel, curve in enumerate(curves):
        table = np.rint(stored_as_srgb(np.clip(curve(levels), 0, 1)) * highest).astype(pixels.dtype)
        for rows in _strips(pixels):
            rows[..., channel] = table[rows[..., channel]]


def to_srgb_by_profile(pixels: Samples, icc: bytes) -> Samples | None:
    """Return sRGB, grey for grey, of uint8 pixels (H, W, 1, 3 or 4 for CMYK); None where the profile is broken."""
    source_mode = _MODES[pixels.shape[2]]
    target_mode = "L" if source_mode == "L" else "RGB"
    target = write_profile(SRGB_SPACES[len(target_mode)])
    try:
        source, own = (ImageCms.getOpenProfile(io.BytesIO(profile)) for profile in (icc, target))
        transform = ImageCms.buildTransform(source, own, source_mode, target_mode)
    except (OSError, ImageCms.PyCMSError):  # a broken profile says nothing
        return None
    return _mapped(pixels, len(target_mode), transform.apply)


def to_srgb_plainly(ink: Samples) -> Samples:
    """Return sRGB of uint8 CMYK (H, W, 4) as viewers without colour management show it."""
    return _mapped(ink, 3, lambda image: image.convert("RGB"))


def _mapped(pixels: Samples, channels: int, convert: Callable[[Image.Image], Image.Image]) -> Samples:
    height, width = pixels.shape[:2]
    result = np.empty((height, width, channels), np.uint8)
    for rows, target in zip(_strips(pixels), _strips(result), strict=True):
        image = Image.frombytes(_MODES[pixels.shape[2]], (width, len(rows)), rows.tobytes())
        target[...] = np.asarray(convert(image)).reshape(target.shape)
    return result


def _strips(pixels: Samples) -> list[Samples]:
    return [pixels[start : start + _ROWS_AT_ONCE] for start in range(0, len(pixels), _ROWS_AT_ONCE)]
