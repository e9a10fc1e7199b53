"""Pascal VOC annotations: an XML file for each picture.

Pixels are counted from 1 and boxes include their last pixel, as in the original; tools that count from 0 make boxes
that are read a pixel larger to the left and the top, never smaller.
"""

from collections.abc import Iterator
from pathlib import Path

from veil_vision.evaluation.annotations import Mark
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.datasets import Dataset, MarkedPhoto, Problem
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import Pictures, files_below, inside, read_bytes
from veil_vision.evaluation.parsing import to_numbers
from veil_vision.evaluation.xml_tree import Element, parse_xml

SUFFIXES = frozenset({".xml"})
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_voc(folder: Path, pictures: Pictures, names: ClassNames) -> Dataset:
    """Return the photos that have an XML file below the folder. Objects marked difficult do not count.

    Raises:
        DatasetError: The names do not fit, see `ClassNames.require`.
    """
    documents, problems = _documents(folder)
    names.require({name for root in documents.values() for name in _names(root)}, str(folder))
    photos = []
    for place, root in documents.items():
        try:
            photos.append(_photo(root, place, pictures, names))
        except DatasetError as error:
            problems.append(Problem.of(error))
    return Dataset("Pascal VOC", photos, [*pictures.problems, *problems])


def _documents(folder: Path) -> tuple[dict[str, Element], list[Problem]]:
    documents, problems = {}, []
    for name in sorted(files_below(folder, SUFFIXES)):
        try:
            documents[name] = parse_xml(read_bytes(inside(folder, name)), name)
        except DatasetError as error:
            problems.append(Problem.of(error))
    return documents, problems


def _names(root: Element) -> Iterator[str]:
    return (name for each in root.all("object") if (name := each.text_of("name")))


def _photo(root: Element, place: str, pictures: Pictures, names: ClassNames) -> MarkedPhoto:
    wanted = root.text_of("filename")
    if not wanted:
        raise DatasetError(place, "it names no picture (`filename`)")
    name = pictures.find(wanted, place)
    marks = [mark for each in root.all("object") for mark in _marks(each, f"{place}, line {each.line}", names)]
    width, height = (root.text_of("size", side) or "0" for side in ("width", "height"))
    size = [int(side) for side in to_numbers((width, height), place)]
    return MarkedPhoto(name, pictures.root / name, tuple(marks), size=(size[0], size[1]) if all(size) else None)


def _marks(element: Element, place: str, names: ClassNames) -> Iterator[Mark]:
    name = element.text_of("name")
    if not name:
        raise DatasetError(place, "an object without a name")
    x1, y1, x2, y2 = to_numbers((element.text_of("bndbox", side) or "" for side in _SIDES), place)
    for object_class, counts in names.classes(name, counts=element.text_of("difficult") not in {"1", "true"}):
        yield Mark(object_class, (x1 - 1, y1 - 1, x2, y2), place, counts=counts)
