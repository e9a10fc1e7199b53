"""YOLO annotations: a text file for each picture, a line for each object, shares of the picture's sides.

A line is `class x y width height` with the box's centre, or `class x1 y1 x2 y2 x3 y3 ...` with an outline.
Names of the classes stand in a YAML file under `names`, or one on each line of a text file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml  # type: ignore[import-untyped]  # its wheel has no types

from veil_vision.evaluation.annotations import Mark, outlined
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.datasets import Dataset, MarkedPhoto, Problem
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import Pictures, files_below, inside, read_text
from veil_vision.evaluation.parsing import to_numbers
from veil_vision.geometry.object_classes import ObjectClass

_BOX_FIELDS = 5
_LEAST_OUTLINE_FIELDS = 7
# Text files that lie among labels and are none.
_NO_LABELS = frozenset({"classes.txt", "train.txt", "val.txt", "valid.txt", "test.txt", "readme.txt"})


@dataclass(frozen=True, slots=True)
class Header:
    """What is said of all labels together.

    Attributes:
        names: By number.
        has_key_points: Whether each line goes on with points of a skeleton after the box.
    """

    names: Mapping[int, str]
    has_key_points: bool = False


def read_yolo(header_file: Path, pictures: Pictures, labels: Path | None, names: ClassNames) -> Dataset:
    """Return a dataset of all pictures; one without a label file shows nothing.

    Args:
        header_file: With the names of the classes; all labels lie below its folder or below `labels`.
        pictures: The pictures to measure with.
        labels: Folder with the label files, laid out as the pictures are. By default they lie beside the pictures,
            or in `labels/` where the picture's path says `images/`.
        names: What the names mean.

    Raises:
        DatasetError: No name can be understood, or no picture has a label file.
    """
    header = read_header(header_file)
    names.require(header.names.values(), str(header_file))
    root = labels or header_file.parent
    photos, problems, used, unmarked = [], list(pictures.problems), set(), 0
    for name in pictures.names:
        file = labels / f"{name.rpartition('.')[0]}.txt" if labels else label_of(pictures.root / name)
        try:
            marks = _marks(file, root, header, names)
        except DatasetError as error:
            problems.append(Problem.of(error))
        else:
            photos.append(MarkedPhoto(name, pictures.root / name, marks or (), in_shares=True))
            unmarked += marks is None
        used.add(file)
    if unmarked == len(photos) and not problems:
        raise DatasetError(str(root), "no picture has a label file; name their folder by --labels")
    problems += _without_picture(root, used)
    return Dataset("YOLO", photos, problems, unmarked)


def read_header(file: Path) -> Header:
    """Return the names of the classes by number.

    Raises:
        DatasetError: The file cannot be understood.
    """
    if file.suffix.lower() not in {".yaml", ".yml"}:
        return Header(dict(enumerate(line.strip() for line in read_text(file).splitlines() if line.strip())))
    try:
        content = yaml.safe_load(read_text(file))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise DatasetError(f"{file}, line {line}", "not YAML") from error
    names = content.get("names") if isinstance(content, dict) else None
    return Header(_numbered(names, file), "kpt_shape" in content)


def _numbered(names: Any, file: Path) -> dict[int, str]:
    numbered = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(numbered, dict) or not numbered:
        raise DatasetError(str(file), "`names` is neither a list nor a mapping from numbers")
    if not all(isinstance(number, int) for number in numbered):
        raise DatasetError(str(file), "`names` maps from something else than numbers")
    return {number: str(name) for number, name in numbered.items()}


def label_of(picture: Path) -> Path:
    """Return where the labels of a picture lie by convention."""
    parts = picture.with_suffix(".txt").parts
    places = [index for index, part in enumerate(parts[:-1]) if part == "images"]
    beside = picture.with_suffix(".txt")
    return Path(*parts[: places[-1]], "labels", *parts[places[-1] + 1 :]) if places else beside


def _marks(file: Path, root: Path, header: Header, names: ClassNames) -> tuple[Mark, ...] | None:
    """Return the wanted marks of a label file; None where there is no such file."""
    if not file.exists() and not file.is_symlink():
        return None
    if not file.is_relative_to(root):
        raise DatasetError(str(file), f"the labels lie outside {root}; name their folder by --labels")
    name = file.relative_to(root).as_posix()
    lines = enumerate(read_text(inside(root, name)).splitlines(), start=1)
    return tuple(
        mark
        for number, line in lines
        if line.strip()
        for mark in _line_marks(line.split(), f"{name}, line {number}", header, names)
    )


def _line_marks(fields: list[str], place: str, header: Header, names: ClassNames) -> Iterator[Mark]:
    name = _class_name(fields[0], place, header)
    values = to_numbers(fields[1:_BOX_FIELDS] if header.has_key_points else fields[1:], place)
    for object_class, counts in names.classes(name):
        yield _mark(values, object_class, place, counts=counts)


def _class_name(field: str, place: str, header: Header) -> str:
    # Some tools write every number with a fraction.
    number = to_numbers([field], place)[0]
    if number not in header.names:
        raise DatasetError(place, f"no class has the number {number:g}")
    return header.names[int(number)]


def _mark(values: list[float], object_class: ObjectClass, place: str, *, counts: bool) -> Mark:
    if len(values) == _BOX_FIELDS - 1:
        x, y, width, height = values
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        return Mark(object_class, box, place, counts=counts)
    if len(values) + 1 < _LEAST_OUTLINE_FIELDS or len(values) % 2:
        raise DatasetError(
            place, f"{len(values) + 1} values are neither a box (5) nor an outline (an odd number from 7)"
        )
    return outlined(object_class, (np.array(values, np.float32).reshape(-1, 2),), place, counts=counts)


def _without_picture(root: Path, used: set[Path]) -> list[Problem]:
    """List the label files without a picture, in folders that have labels of pictures."""
    folders = {file.parent for file in used if file.exists()}
    found = [name for name in files_below(root, frozenset({".txt"})) if (root / name).parent in folders]
    return [
        Problem(name, "labels without a picture")
        for name in sorted(found)
        if root / name not in used and Path(name).name.lower() not in _NO_LABELS
    ]
