"""COCO annotations: one JSON file with `images`, `categories` and `annotations`; boxes are x, y, width, height."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veil_vision.evaluation.annotations import Mark, outlined
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.datasets import Dataset, MarkedPhoto, Problem
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import Pictures, read_text
from veil_vision.evaluation.parsing import to_numbers
from veil_vision.geometry.object_classes import ObjectClass

_PARTS = ("images", "categories", "annotations")
_BOX_VALUES = 4
_LEAST_POLYGON_VALUES = 6

Entry = Mapping[str, Any]
Id = int | str


def read_coco(file: Path, pictures: Pictures, names: ClassNames) -> Dataset:
    """Return the photos that the file lists. Crowds, and what is to be ignored, do not count.

    Objects with polygons are measured by them, those with run-length masks by their boxes.

    Raises:
        DatasetError: The file cannot be understood.
    """
    content = _content(file)
    categories = {_id(entry, "id", file.name): str(entry.get("name")) for entry in content["categories"]}
    names.require(categories.values(), file.name)
    images = {_id(entry, "id", file.name): entry for entry in content["images"]}
    if len(images) < len(content["images"]):
        raise DatasetError(file.name, "two images have the same id")
    annotations, problems = _by_image(content["annotations"], images, file.name)
    photos = []
    for key, image in images.items():
        place = f"{file.name}, image {key}"
        try:
            marks = [mark for entry in annotations[key] for mark in _marks(entry, categories, names, file.name)]
            photos.append(_photo(image, tuple(marks), pictures, place))
        except DatasetError as error:
            problems.append(Problem.of(error))
    return Dataset("COCO", photos, [*pictures.problems, *problems])


def is_coco(content: object) -> bool:
    """Say whether the content of a JSON file has the parts of COCO's."""
    return isinstance(content, dict) and all(isinstance(content.get(part), list) for part in _PARTS)


def _content(file: Path) -> Mapping[str, Sequence[Entry]]:
    try:
        content = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise DatasetError(f"{file.name}, line {error.lineno}", f"not JSON: {error.msg}") from error
    except RecursionError as error:
        raise DatasetError(file.name, "nested too deeply") from error
    if not is_coco(content):
        raise DatasetError(file.name, f"not COCO: it lacks one of the lists {', '.join(_PARTS)}")
    parts = {part: content[part] for part in _PARTS}
    for part, entries in parts.items():
        if not all(isinstance(entry, dict) for entry in entries):
            raise DatasetError(file.name, f"an entry of `{part}` is not an object")
    return parts


def _id(entry: Entry, key: str, place: str) -> Id:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DatasetError(place, f"an entry has no usable `{key}`")
    return value


def _by_image(
    entries: Sequence[Entry], images: Mapping[Id, Entry], file_name: str
) -> tuple[Mapping[Id, Sequence[Entry]], list[Problem]]:
    found, problems = defaultdict(list), []
    for entry in entries:
        place = f"{file_name}, annotation {entry.get('id')}"
        key = _id(entry, "image_id", place)
        if key in images:
            found[key].append(entry)
        else:
            problems.append(Problem(place, f"no image has the id {key}"))
    return found, problems


def _photo(image: Entry, marks: tuple[Mark, ...], pictures: Pictures, place: str) -> MarkedPhoto:
    name = image.get("file_name")
    if not isinstance(name, str):
        raise DatasetError(place, "it has no `file_name`")
    name = pictures.find(name, place)
    width, height = image.get("width"), image.get("height")
    size = (width, height) if isinstance(width, int) and isinstance(height, int) else None
    return MarkedPhoto(name, pictures.root / name, marks, size=size)


def _marks(entry: Entry, categories: Mapping[Id, str], names: ClassNames, file_name: str) -> Iterator[Mark]:
    place = f"{file_name}, annotation {entry.get('id')}"
    category = _id(entry, "category_id", place)
    if category not in categories:
        raise DatasetError(place, f"no category has the id {category}")
    counts = not (entry.get("iscrowd") or entry.get("ignore"))
    for object_class, really in names.classes(categories[category], counts=counts):
        yield _mark(entry, object_class, place, counts=really)


def _mark(entry: Entry, object_class: ObjectClass, place: str, *, counts: bool) -> Mark:
    outlines = entry.get("segmentation")
    if isinstance(outlines, list) and outlines:
        return outlined(object_class, tuple(_polygon(each, place) for each in outlines), place, counts=counts)
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != _BOX_VALUES:
        raise DatasetError(place, "it has neither polygons nor a `bbox` of four numbers")
    x, y, width, height = to_numbers(box, place)
    return Mark(object_class, (x, y, x + width, y + height), place, counts=counts)


def _polygon(values: object, place: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if not isinstance(values, list) or len(values) < _LEAST_POLYGON_VALUES or len(values) % 2:
        raise DatasetError(place, "a polygon of `segmentation` is not a list of at least three points")
    return np.array(to_numbers(values, place), dtype=np.float32).reshape(-1, 2)
