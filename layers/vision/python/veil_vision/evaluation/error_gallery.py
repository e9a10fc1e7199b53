"""Misses and false regions as small pictures on disk."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock

from veil_vision.detect.ensemble import to_rgb8
from veil_vision.evaluation.crops import crop_around
from veil_vision.evaluation.matching import MarkFinding, PhotoFindings, RegionFinding
from veil_vision.evaluation.sizes import size_of
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.image.files import decode_image
from veil_vision.image.jpeg_codec import encode

QUALITY = 85
PICTURES = "pictures"


class Mistake(StrEnum):
    """What went wrong."""

    MISS = "miss"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class ErrorCrop:
    """A mistake and its picture.

    Attributes:
        file: Path of the picture below the gallery's folder.
        number: Of the photo, in the order of the dataset.
        photo: Name of the photo.
        size: Of the object, as its class is measured, in pixels.
        amount: Of a miss the share that is hidden, of a false region its score.
        place: Where the mark is written; empty for a false region.
    """

    file: str
    number: int
    photo: str
    mistake: Mistake
    object_class: ObjectClass
    size: float
    amount: float
    place: str = ""


class ErrorGallery:
    """Writes pictures that only the owner of the folder may read. Threads share it."""

    def __init__(self, folder: Path) -> None:
        """Create the folder.

        Raises:
            FileExistsError: There is something in it already.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileExistsError(errno.EEXIST, "The folder for the report is not empty", str(folder))
        folder.chmod(0o700)
        (folder / PICTURES).mkdir(mode=0o700)
        self.folder = folder
        self._error_crops: list[ErrorCrop] = []
        self._lock = Lock()

    def add(self, number: int, photo: str, data: bytes, findings: PhotoFindings) -> None:
        """Keep a picture of each mistake in a photo; `data` is its file."""
        error_crops = list(_error_crops(number, photo, findings))
        if not error_crops:
            return
        pixels = to_rgb8(decode_image(data).pixels)
        for error_crop, subject in error_crops:
            taken = crop_around(pixels, subject, findings)
            self.write(error_crop.file, encode(taken, quality=QUALITY, exif=None, xmp=None, icc=None))
        with self._lock:
            self._error_crops += [error_crop for error_crop, _ in error_crops]

    def write(self, name: str, content: bytes) -> None:
        """Write a new file below the folder."""
        with open(self.folder / name, "xb", opener=_for_owner) as file:
            file.write(content)

    @property
    def error_crops(self) -> list[ErrorCrop]:
        """Everything kept: misses from the largest down, false regions from the surest down."""
        return sorted(
            self._error_crops,
            key=lambda each: (
                each.object_class,
                each.mistake is Mistake.FALSE,
                -(each.size if each.mistake is Mistake.MISS else each.amount),
                each.file,
            ),
        )


def _error_crops(
    number: int, photo: str, findings: PhotoFindings
) -> Iterator[tuple[ErrorCrop, MarkFinding | RegionFinding]]:
    """Yield what went wrong in a photo."""
    for index, miss in enumerate((each for each in findings.marks if each.missed), start=1):
        mark = miss.mark
        file, size = f"{PICTURES}/{number:06}-miss-{index}.jpg", size_of(mark.object_class, mark.box)
        yield ErrorCrop(file, number, photo, Mistake.MISS, mark.object_class, size, miss.covered, mark.place), miss
    for index, false in enumerate((each for each in findings.regions if each.false), start=1):
        region = false.region
        file, size = f"{PICTURES}/{number:06}-false-{index}.jpg", size_of(region.object_class, region.box)
        yield ErrorCrop(file, number, photo, Mistake.FALSE, region.object_class, size, region.score), false


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
