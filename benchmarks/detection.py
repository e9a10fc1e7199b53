"""`python -m benchmarks.detection`: how much of what people marked the installed models find.

Reads the pictures and boxes beside the checkout (`shared/media`) and prints a table row per class and size.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.boxes import Boxes, grow, intersection
from veil_vision.detections import ObjectClass
from veil_vision.detectors import Detector, open_detector
from veil_vision.models import ModelFolder, ModelStatus, catalogue, models_dir
from veil_vision.tiles import search

MEDIA = Path(__file__).parents[2] / "shared" / "media"
# As `veil anonymize` hides by default.
MARGIN = 0.1
COVERED = 0.9
COCO = {0: ObjectClass.PERSON} | dict.fromkeys((2, 3, 5, 7), ObjectClass.VEHICLE)
BINS = {
    ObjectClass.LICENSE_PLATE: (0, 12, 16, 24, 10_000),
    ObjectClass.PERSON: (0, 40, 96, 10_000),
    ObjectClass.VEHICLE: (0, 40, 96, 10_000),
}


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A picture and the boxes of one class that people marked in it."""

    pixels: NDArray[np.uint8]
    boxes: Boxes


def main() -> None:
    """Measure every installed model but those for faces, for which no boxes are at hand."""
    print("| model | class | size | objects | covered | 95 % interval | false per photo | hidden | CPU-ms |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    folder = ModelFolder(models_dir(os.environ))
    for card in catalogue():
        if folder.status(card) is ModelStatus.VERIFIED:
            detector = open_detector(card, folder, threads=2)
            for each in card.classes:
                if each in BINS:
                    _measure(detector, each)


def _measure(detector: Detector, object_class: ObjectClass) -> None:
    covered, sizes, false, hidden, count, started = [], [], 0, 0.0, 0, process_time()
    for photo in _marked(object_class):
        found = search(detector, photo.pixels, threshold=detector.default_threshold)
        boxes = found.boxes[np.array([each is object_class for each in found.classes], np.bool_)]
        area = _painted(grow(boxes, MARGIN), photo.pixels)
        covered += [_share(area, box) >= COVERED for box in photo.boxes]
        sizes += _sizes(photo.boxes, object_class)
        false += int((~(intersection(boxes, photo.boxes) > 0).any(axis=1)).sum())
        hidden, count = hidden + float(area.mean()), count + 1
    per_photo = f"{false / count:.2f} | {hidden / count:.1%} | {(process_time() - started) / count * 1000:.0f}"
    edges = BINS[object_class]
    for low, high in [(0, 10_000), *pairwise(edges)]:
        hits = [hit for hit, size in zip(covered, sizes, strict=True) if low <= size < high]
        _print_row(
            detector, object_class, f"{low} to {high} px" if high < edges[-1] else f"from {low} px", hits, per_photo
        )
        per_photo = " | | "


def _print_row(detector: Detector, object_class: ObjectClass, size: str, hits: list[bool], per_photo: str) -> None:
    low, high = _wilson(sum(hits), len(hits))
    what = f"{detector.name} | {object_class} | {size} | {len(hits)}"
    print(f"| {what} | {sum(hits) / len(hits):.1%} | {low:.1%} to {high:.1%} | {per_photo} |")


def _wilson(hits: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    z, share = 1.96, hits / count
    centre, spread = share + z * z / (2 * count), z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (centre - spread) / (1 + z * z / count), (centre + spread) / (1 + z * z / count)


def _painted(boxes: Boxes, pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    area = np.zeros(pixels.shape[:2], np.bool_)
    for x1, y1, x2, y2 in np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1).clip(0).astype(int):
        area[y1:y2, x1:x2] = True
    return area


def _share(area: NDArray[np.bool_], box: NDArray[np.float32]) -> float:
    x1, y1, x2, y2 = *np.floor(box[:2]).clip(0).astype(int), *np.ceil(box[2:]).astype(int)
    return float(area[y1:y2, x1:x2].mean())


def _sizes(boxes: Boxes, object_class: ObjectClass) -> list[float]:
    """Return the height of plates and the longer side of anything else."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return list(sides[:, 1] if object_class is ObjectClass.LICENSE_PLATE else sides.max(axis=1, initial=0))


def _marked(object_class: ObjectClass) -> Iterator[Marked]:
    return _plates() if object_class is ObjectClass.LICENSE_PLATE else _coco(object_class)


def _plates() -> Iterator[Marked]:
    boxes = defaultdict(list)
    with (MEDIA / "plates" / "boxes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            boxes[row["file"]].append([float(row[name]) for name in ("x1", "y1", "x2", "y2")])
    for name, each in sorted(boxes.items()):
        yield Marked(_read(MEDIA / "plates" / name), np.array(each, np.float32))


def _coco(object_class: ObjectClass) -> Iterator[Marked]:
    for place in sorted((MEDIA / "coco128" / "images").iterdir()):
        pixels = _read(place)
        marks = MEDIA / "coco128" / "boxes" / f"{place.stem}.txt"
        rows = [line.split() for line in marks.read_text().splitlines()] if marks.exists() else []
        boxes = [_corners(row, pixels) for row in rows if COCO.get(int(row[0])) is object_class]
        yield Marked(pixels, np.array(boxes, np.float32).reshape(-1, 4))


def _corners(row: list[str], pixels: NDArray[np.uint8]) -> list[float]:
    x, y, width, height = (float(value) for value in row[1:])
    high, wide = pixels.shape[:2]
    return [(x - width / 2) * wide, (y - height / 2) * high, (x + width / 2) * wide, (y + height / 2) * high]


def _read(place: Path) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(place))
    if pixels is None:
        raise FileNotFoundError(place)
    return np.asarray(pixels[:, :, ::-1], np.uint8).copy()


if __name__ == "__main__":
    main()
