"""A dataset: pictures, what is marked in them, and what of it cannot be understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Problem:
    """A picture, or a part of the annotations, that is left out.

    Attributes:
        place: The file and, where known, the line or entry.
        reason: What is wrong there.
    """

    place: str
    reason: str

    @classmethod
    def of(cls, error: DatasetError) -> "Problem":
        """Return what the error says."""
        return cls(error.place, error.reason)


@dataclass(frozen=True, slots=True, eq=False)
class MarkedPhoto:
    """A picture and what people marked in it.

    Attributes:
        name: Path below the dataset's folder, for people.
        file: Where it lies.
        marks: All marks of the classes asked for.
        in_shares: Whether their coordinates are shares of the picture's sides instead of pixels.
        size: Width and height that the annotations announce; None where they do not.
    """

    name: str
    file: Path
    marks: tuple[Mark, ...]
    in_shares: bool = False
    size: tuple[int, int] | None = None

    def marks_in_pixels(self, width: int, height: int) -> tuple[Mark, ...]:
        """Return the marks in pixels of the upright picture, which has the given size.

        Raises:
            DatasetError: The annotations are for a picture of another size, or a mark lies outside this one.
        """
        if self.size not in {None, (width, height)}:
            raise DatasetError(self.name, f"the annotations are for {self.size} pixels, upright it has {width, height}")
        marks = tuple(mark.scaled(width, height) for mark in self.marks) if self.in_shares else self.marks
        for mark in marks:
            x1, y1, x2, y2 = mark.window(width, height)
            if x1 >= x2 or y1 >= y2:
                raise DatasetError(mark.place, "the mark lies outside the picture or has no area")
        return marks


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """What there is to measure with.

    Attributes:
        kind: The annotations' format, for people.
        photos: In the order of their names.
        problems: What was left out while reading.
        unmarked: How many photos have no annotation at all, and so count as showing nothing.
        pictures: How many lie in the folder, named by an annotation or not.
    """

    kind: str
    photos: Sequence[MarkedPhoto]
    problems: Sequence[Problem] = ()
    unmarked: int = 0
    pictures: int = 0

    @property
    def has_outlines(self) -> bool:
        """Whether any object is marked by its outline instead of a box."""
        return any(mark.polygons for photo in self.photos for mark in photo.marks)
