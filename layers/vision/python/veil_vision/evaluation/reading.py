"""Which annotations a path means, and what they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from veil_vision.evaluation.box_table import read_box_table
from veil_vision.evaluation.class_names import ClassNames
from veil_vision.evaluation.coco import read_coco
from veil_vision.evaluation.datasets import Dataset
from veil_vision.evaluation.errors import DatasetError
from veil_vision.evaluation.files import Pictures, files_below
from veil_vision.evaluation.voc import SUFFIXES as VOC_SUFFIXES
from veil_vision.evaluation.voc import read_voc
from veil_vision.evaluation.yolo import read_yolo

# Where YOLO's class names, COCO's objects and tables of boxes stand, by the endings of the files.
_YOLO_NAMES = frozenset({".yaml", ".yml", ".names", ".txt"})
_YOLO_IN_A_FOLDER = ("*.yaml", "*.yml", "*.names", "classes.txt", "labels/classes.txt")
_IN_A_FOLDER = (*_YOLO_IN_A_FOLDER, "*.json", "annotations/*.json", "*.csv")


@dataclass(frozen=True, slots=True)
class Request:
    """What to read.

    Attributes:
        path: The dataset's folder, or the file in it that says what is marked.
        names: What the names in it mean.
        images: Folder of the pictures, where it is not the dataset's, or is a part of it.
        labels: Folder of the label files, where they are not where convention puts them.
    """

    path: Path
    names: ClassNames
    images: Path | None = None
    labels: Path | None = None


def read_dataset(request: Request) -> Dataset:
    """Return the dataset.

    Raises:
        DatasetError: There is none, it may be several, or it cannot be understood.
    """
    source = _source(request.path)
    pictures = Pictures.below(request.images or _root(source))
    if not pictures.names:
        raise DatasetError(str(pictures.root), "there are no pictures; name their folder by --images")
    dataset = _reader(source)(source, pictures, request)
    if not dataset.photos and not dataset.problems:
        raise DatasetError(str(source), "nothing in it names a picture")
    return replace(dataset, pictures=len(pictures.names))


def _source(path: Path) -> Path:
    """Return the file that says what is marked, or the folder of XML files that do."""
    if not path.exists():
        raise DatasetError(str(path), "there is no such file or folder")
    if path.is_file():
        return path
    found = sorted({file for pattern in _IN_A_FOLDER for file in path.glob(pattern)})
    if any(files_below(path, VOC_SUFFIXES)):
        found.append(path)
    if not found:
        raise DatasetError(
            str(path), "it holds no annotations that are known: data.yaml or classes.txt, *.json, *.xml, *.csv"
        )
    if len(found) > 1:
        names = ", ".join(str(each.relative_to(path)) if each != path else "*.xml" for each in found)
        raise DatasetError(str(path), f"several files may hold the annotations ({names}); name the one that does")
    return found[0]


def _root(source: Path) -> Path:
    """Return the dataset's folder."""
    folder = source if source.is_dir() else source.parent
    return folder.parent if folder.name.lower() in {"annotations", "labels"} else folder


def _reader(source: Path) -> Callable[[Path, Pictures, Request], Dataset]:
    if source.is_dir():
        return lambda folder, pictures, request: read_voc(request.labels or folder, pictures, request.names)
    readers: Mapping[str, Callable[[Path, Pictures, Request], Dataset]] = {
        ".json": lambda file, pictures, request: read_coco(file, pictures, request.names),
        ".csv": lambda file, pictures, request: read_box_table(file, pictures, request.names),
        **dict.fromkeys(
            _YOLO_NAMES, lambda file, pictures, request: read_yolo(file, pictures, request.labels, request.names)
        ),
    }
    if source.suffix.lower() not in readers:
        raise DatasetError(str(source), "the ending says none of the known formats: yaml, names, txt, json, csv")
    return readers[source.suffix.lower()]
