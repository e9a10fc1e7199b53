"""Masks in other sizes, for whoever downloads one smaller than it was made."""

from pathlib import Path


def scaled_mask(file: Path, scale: float) -> bytes:
    """Return the mask in the file as a PNG of `scale` percent of its size, 0 to 100.

    Raises:
        FileNotFoundError: It is gone.
    """
    # A node's parent process loads what looks at pixels when the first mask is scaled, and mostly never.
    from veil_vision.hide.masks import scale_mask

    return scale_mask(file.read_bytes(), scale)
