"""`python -m benchmarks.segments`: boxes against segments, on the outlines that people drew.

Reads the pictures and polygons beside the checkout (`shared/media/coco128`) and prints a row per class and shape.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_all
from veil_vision.detect.families import open_detector
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir, segmenter_catalogue
from veil_vision.segment import Segmenter, open_segmenter
from veil_vision.segment.objects import with_outlines

COCO = Path(__file__).parents[2] / "shared" / "media" / "coco128"
DETECTOR = "nanodet-plus"
COVERED = 0.9
# COCO's own numbers, from 1: person; car, motorcycle, bus, truck.
CLASSES: Mapping[int, ObjectClass] = {1: ObjectClass.PERSON} | dict.fromkeys((3, 4, 6, 8), ObjectClass.VEHICLE)
STYLES = [(shape, margin) for margin in (0.1, 0.0) for shape in (Shape.BOX, Shape.SEGMENT)]

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Tally:
    """Sums over all photos, for one class in one style."""

    hidden: int = 0
    marked: int = 0
    both: int = 0
    objects: int = 0
    uncovered: int = 0
    found: int = 0
    outlined: int = 0
    shares: list[float] = field(default_factory=list)

    def add(self, hidden: Mask, objects: list[Mask], segments: list[bool]) -> None:
        """Count one photo."""
        marked = np.logical_or.reduce([np.zeros_like(hidden), *objects])
        self.hidden += int(hidden.sum())
        self.marked += int(marked.sum())
        self.both += int((hidden & marked).sum())
        self.objects += len(objects)
        self.uncovered += sum(bool(hidden[each].mean() < COVERED) for each in objects)
        self.found += len(segments)
        self.outlined += sum(segments)
        self.shares.append(float(hidden.mean()))

    def cells(self) -> str:
        """Return the row's figures."""
        union = self.hidden + self.marked - self.both
        shares = [self.both / self.marked, self.both / self.hidden, self.both / union, float(np.mean(self.shares))]
        percents = " | ".join(f"{share:.1%}" for share in shares)
        return f"{self.outlined} of {self.found} | {percents} | {self.uncovered} of {self.objects}"


def main() -> None:
    """Measure with the models that are installed."""
    folder = ModelFolder(models_dir(os.environ))
    detector = open_detector(next(card for card in catalogue() if card.name == DETECTOR), folder, threads=2)
    segmenter = open_segmenter(segmenter_catalogue()[0], folder, threads=2)
    tallies = {(each, style): Tally() for each in (ObjectClass.PERSON, ObjectClass.VEHICLE) for style in STYLES}
    seconds, looks = 0.0, 0
    for pixels, objects in _photos():
        found, spent = _found(pixels, detector, segmenter)
        seconds, looks = seconds + spent, looks + len(found)
        for (object_class, style), tally in tallies.items():
            mine = found.select(np.array([each is object_class for each in found.classes], np.bool_))
            segments = [style[0] is Shape.SEGMENT and each is not None for each in mine.segments]
            tally.add(_hidden(mine, style, pixels.shape), objects[object_class], segments)
    print("| class | margin | shape | outlined | recall | precision | IoU | hidden | objects less than 90 % covered |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (object_class, (shape, margin)), tally in tallies.items():
        print(f"| {object_class} | {margin:g} | {shape} | {tally.cells()} |")
    print(f"\nOutlines took {seconds / looks * 1000:.0f} CPU-ms per detection.")


def _found(pixels: NDArray[np.uint8], detector: Detector, segmenter: Segmenter) -> tuple[Detections, float]:
    """Return what is found with its segments, and the CPU seconds that the segments took."""
    target = Target(threshold=None, style=RegionStyle(Shape.SEGMENT), kernel_size=0.35)
    recipe = Recipe(targets=dict.fromkeys(detector.classes, target), method=None)
    found, started = find_all(pixels, recipe, [detector]), process_time()
    return with_outlines(pixels, found, recipe, segmenter), process_time() - started


def _hidden(found: Detections, style: tuple[Shape, float], shape: tuple[int, ...]) -> Mask:
    hidden = np.zeros(shape[:2], np.bool_)
    styles = dict.fromkeys(ObjectClass, RegionStyle(*style))
    for region in regions_of(found, styles, width=shape[1], height=shape[0]):
        hidden[region.rows, region.columns] |= region.core
    return hidden


def _photos() -> Iterator[tuple[NDArray[np.uint8], dict[ObjectClass, list[Mask]]]]:
    for marks in sorted((COCO / "polygons").iterdir()):
        pixels = cv2.imread(str(COCO / "images" / f"{marks.stem}.jpg"))
        if pixels is None:
            raise FileNotFoundError(marks.stem)
        objects: dict[ObjectClass, list[Mask]] = {each: [] for each in ObjectClass}
        for number, *corners in (line.split() for line in marks.read_text().splitlines()):
            if int(number) in CLASSES:
                objects[CLASSES[int(number)]].append(_filled(corners, pixels.shape))
        yield np.ascontiguousarray(pixels[:, :, ::-1], np.uint8), objects


def _filled(corners: list[str], shape: tuple[int, ...]) -> Mask:
    """Return the pixels in a polygon whose corners are shares of the picture's sides."""
    mask = np.zeros(shape[:2], np.uint8)
    points = np.array(corners, np.float64).reshape(-1, 2) * np.array([shape[1], shape[0]])
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask > 0


if __name__ == "__main__":
    main()
