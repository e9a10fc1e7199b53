"""The same truth in every format, as small real datasets on disk."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from veil_vision.evaluation.class_names import ClassNames, OtherMeaning
from veil_vision.evaluation.reading import Request, read_dataset
from veil_vision.geometry.object_classes import ObjectClass

NAMES = ("car", "person", "number_plate", "dog")


@dataclass
class Drawn:
    """A photo and what is marked in it: (name, x1, y1, x2, y2) in whole pixels."""

    width: int
    height: int
    marks: list = field(default_factory=list)
    aside: list = field(default_factory=list)


TRUTH = {
    "day/one.png": Drawn(200, 100, [("car", 20, 30, 80, 70), ("number_plate", 40, 55, 60, 61), ("dog", 1, 1, 9, 9)]),
    "day/two.png": Drawn(120, 160, [("person", 0, 0, 30, 160)], aside=[("person", 60, 60, 120, 160)]),
    "night.png": Drawn(64, 64),
}


def write_pictures(root: Path, truth):
    for name, drawn in truth.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((drawn.height, drawn.width, 3), np.uint8)).save(root / name)


def write_yolo(root: Path, truth):
    """YOLO has no way to say that a mark does not count: a name of its own does."""
    write_pictures(root / "images", truth)
    names = [*NAMES, "crowd"]
    for name, drawn in truth.items():
        lines = []
        for mark, counts in [*((each, True) for each in drawn.marks), *((each, False) for each in drawn.aside)]:
            x1, y1, x2, y2 = mark[1:]
            number = names.index(mark[0] if counts else "crowd")
            w, h = drawn.width, drawn.height
            lines.append(f"{number} {(x1 + x2) / 2 / w} {(y1 + y2) / 2 / h} {(x2 - x1) / w} {(y2 - y1) / h}")
        label = (root / "labels" / name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("\n".join(lines))
    (root / "data.yaml").write_text(json.dumps({"train": "images", "names": names}))
    return {"crowd": "ignore"}


def write_coco(root: Path, truth):
    write_pictures(root / "photos", truth)
    images, annotations = [], []
    for number, (name, drawn) in enumerate(truth.items()):
        images.append({"id": number, "file_name": name, "width": drawn.width, "height": drawn.height})
        for mark, crowd in [*((each, 0) for each in drawn.marks), *((each, 1) for each in drawn.aside)]:
            x1, y1, x2, y2 = mark[1:]
            entry = {"id": len(annotations), "image_id": number, "category_id": 10 + NAMES.index(mark[0])}
            annotations.append(entry | {"bbox": [x1, y1, x2 - x1, y2 - y1], "iscrowd": crowd})
    categories = [{"id": 10 + number, "name": name} for number, name in enumerate(NAMES)]
    (root / "annotations").mkdir()
    content = {"images": images, "annotations": annotations, "categories": categories}
    (root / "annotations" / "instances.json").write_text(json.dumps(content))
    return {}


def write_voc(root: Path, truth):
    write_pictures(root / "JPEGImages", truth)
    (root / "Annotations").mkdir()
    for name, drawn in truth.items():
        objects = ""
        for mark, difficult in [*((each, 0) for each in drawn.marks), *((each, 1) for each in drawn.aside)]:
            sides = zip(("xmin", "ymin", "xmax", "ymax"), (mark[1] + 1, mark[2] + 1, *mark[3:]), strict=True)
            box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
            objects += (
                f"<object>\n<name>{mark[0]}</name><difficult>{difficult}</difficult><bndbox>{box}</bndbox></object>"
            )
        size = f"<size><width>{drawn.width}</width><height>{drawn.height}</height></size>"
        xml = f"<annotation><filename>{Path(name).name}</filename>{size}\n{objects}</annotation>"
        (root / "Annotations" / f"{Path(name).stem}.xml").write_text(xml)
    return {}


def write_table(root: Path, truth):
    write_pictures(root, truth)
    with (root / "boxes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "x1", "y1", "x2", "y2", "class"])
        for name, drawn in truth.items():
            rows = [(name, *mark[1:], mark[0]) for mark in drawn.marks]
            rows += [(name, *mark[1:], "crowd") for mark in drawn.aside]
            table.writerows(rows or [(name, "", "", "", "", "")])
    return {"crowd": "ignore"}


WRITERS = {"YOLO": write_yolo, "COCO": write_coco, "Pascal VOC": write_voc, "table": write_table}


@pytest.fixture(params=WRITERS)
def kind(request):
    """Each format in turn."""
    return request.param


@pytest.fixture
def truth():
    return TRUTH


@pytest.fixture
def written(tmp_path):
    """Writes a truth in a format; gives the folder and what must be said of names."""

    def write(kind, truth=TRUTH):
        root = tmp_path / kind
        root.mkdir()
        return root, WRITERS[kind](root, truth)

    return write


@pytest.fixture
def read():
    """Reads a dataset: `read(folder, "person,vehicle", crowd="ignore")`."""

    def run(path, classes="face", *, images=None, labels=None, **meanings):
        wanted = [ObjectClass(name) for name in classes.split(",")]
        known = {each.value: each for each in (*ObjectClass, *OtherMeaning)}
        names = ClassNames(wanted, {name: known[said] for name, said in meanings.items()})
        return read_dataset(Request(Path(path), names, images, labels))

    return run
