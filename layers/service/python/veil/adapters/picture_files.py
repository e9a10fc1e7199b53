"""What kind of picture a file is, told by its first bytes."""

from pathlib import Path

from veil_vision.image.kinds import SNIFFED_BYTES, ImageFormat, kind_of

_SUFFIXES = {ImageFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif"), ImageFormat.PNG: (".png",)}


def result_suffixes(file: Path) -> tuple[str, ...] | None:
    """Return the suffixes that fit the result of a picture, the usual one first; None where the file is no picture.

    A picture of a kind that Veil does not read has no result, so no suffix either.

    Raises:
        OSError: The file cannot be read.
    """
    with file.open("rb") as content:
        kind = kind_of(content.read(SNIFFED_BYTES))
    if kind is None:
        return None
    return _SUFFIXES[kind.result] if kind.result else ()
