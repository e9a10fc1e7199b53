"""Boxes in a CSV file: columns `file`, `x1`, `y1`, `x2`, `y2` in pixels, and `class` where there are several."""

import csv
from collections import defaultdict
from io import StringIO
from pathlib import Path

from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.datasets import Dataset, MarkedPhoto, Problem
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import Pictures, read_text
from veil_vision.evaluation.parsing import to_numbers

_SIDES = ("x1", "y1", "x2", "y2")
Row = dict[str, str | None]


def read_box_table(file: Path, pictures: Pictures, names: ClassNames) -> Dataset:
    """Return the photos that the file names; a row with empty sides names a photo without adding a box.

    Without a column `class` every box is of the one class asked for.

    Raises:
        DatasetError: A column is missing, or the classes do not fit, see `ClassNames.require`.
    """
    rows = _rows(file)
    names.require({name for _, row in rows if (name := _name(row, names))}, file.name)
    by_photo = defaultdict(list)
    for line, row in rows:
        by_photo[row["file"] or ""].append((line, row))
    photos, problems = [], list(pictures.problems)
    for wanted, mine in by_photo.items():
        try:
            name = pictures.find(wanted, f"{file.name}, line {mine[0][0]}")
            marks = [mark for line, row in mine for mark in _marks(row, f"{file.name}, line {line}", names)]
            photos.append(MarkedPhoto(name, pictures.root / name, tuple(marks)))
        except DatasetError as error:
            problems.append(Problem.of(error))
    return Dataset("table", photos, problems)


def _rows(file: Path) -> list[tuple[int, Row]]:
    """Return each row with its line."""
    reader = csv.DictReader(StringIO(read_text(file)))
    try:
        if missing := {"file", *_SIDES} - set(reader.fieldnames or ()):
            raise DatasetError(file.name, f"there is no column {', '.join(sorted(missing))}")
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DatasetError(f"{file.name}, line {reader.line_num}", f"not CSV: {error}") from error


def _name(row: Row, names: ClassNames) -> str | None:
    if "class" in row:
        return row["class"]
    return names.wanted[0] if len(names.wanted) == 1 else None


def _marks(row: Row, place: str, names: ClassNames) -> list[Mark]:
    sides = [row[side] or "" for side in _SIDES]
    if not any(sides):
        return []
    x1, y1, x2, y2 = to_numbers(sides, place)
    return [
        Mark(object_class, (x1, y1, x2, y2), place, counts=counts)
        for object_class, counts in names.classes(_name(row, names) or "")
    ]
