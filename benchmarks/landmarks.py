"""`python -m benchmarks.landmarks PHOTOS LABELS`: how much of a face is hidden where one is found, by its landmarks.

PHOTOS is a folder of .jpg files, LABELS one of .txt files of the same names in YOLO's pose format with COCO's 17 key
points: of these nose, eyes and ears count where they are marked visible. Hairline and chin are estimated from eyes and
nose tip by the proportions of an adult face that looks straight ahead, so only faces with both eyes are asked for them.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.streets import policy_for
from veil.adapters.recipes import recipe_of
from veil.domain.policy import ObjectClass
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import detectors_for, find_all, to_rgb8
from veil_vision.detect.families import open_detector
from veil_vision.evaluation.intervals import Share
from veil_vision.geometry.regions import Region, regions_of
from veil_vision.hide.recipe import Recipe
from veil_vision.image.files import decode_image
from veil_vision.image.header import ImageLimits
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir

NOSE, EYES, EARS, VISIBLE = 0, slice(1, 3), slice(3, 5), 2
# From the line of the eyes to the hairline and to the chin, in distances from that line to the tip of the nose
# (Farkas, Anthropometry of the Head and Face, 1994: about 70 and 110 millimetres to 45).
HAIRLINE, CHIN = -1.6, 2.4
# Faces whose eyes are nearer than this, in pixels, have marks too coarse to measure by: about 20 pixels of height.
LEAST_DISTANCE = 8

Points = NDArray[np.float64]


@dataclass(slots=True)
class Count:
    """What was found hidden.

    Attributes:
        hits: By landmark, one flag a point.
        ratios: Hidden area by area of the detected box, a face each.
    """

    hits: dict[str, list[bool]] = field(default_factory=dict)
    ratios: list[float] = field(default_factory=list)

    def add(self, face: Points, regions: Sequence[Region]) -> None:
        """Count one face, (5, 3) of x, y and visibility."""
        found = [region for region in regions if _holds(region, face[NOSE])]
        self.hits.setdefault("found", []).append(bool(found))
        for name, points in _landmarks(face) if found else ():
            hits = [any(_holds(region, point) for region in regions) for point in points]
            self.hits.setdefault(name, []).append(all(hits))
        self.ratios += [_ratio(region) for region in found[:1]]


def main(photos: Path, labels: Path) -> None:
    """Print a row for each landmark and the ratio of areas."""
    recipe = recipe_of(policy_for([ObjectClass.FACE]), ImageLimits())
    detectors, count = _detectors(recipe), Count()
    for label in sorted(labels.glob("*.txt")):
        pixels = to_rgb8(decode_image((photos / f"{label.stem}.jpg").read_bytes()).pixels)
        height, width = pixels.shape[:2]
        faces = list(_faces(label, width, height))
        if faces:
            found = find_all(pixels, recipe, detectors)
            regions = regions_of(found, recipe.styles, width=width, height=height)
            for face in faces:
                count.add(face, regions)
    print("| landmark | faces | hidden |\n| --- | --- | --- |")
    for name, hits in count.hits.items():
        low, high = Share(sum(hits), len(hits)).interval
        print(f"| {name} | {len(hits)} | {np.mean(hits):.1%} ({low:.1%} to {high:.1%}) |")
    print(f"Hidden area by that of the detected box, median of {len(count.ratios)}: {np.median(count.ratios):.2f}")


def _detectors(recipe: Recipe) -> list[Detector]:
    folder = ModelFolder(models_dir(os.environ))
    cards = [each for each in catalogue() if "face" in each.classes and folder.status(each) is ModelStatus.VERIFIED]
    return detectors_for(recipe, [open_detector(card, folder) for card in cards])


def _faces(label: Path, width: int, height: int) -> Iterator[Points]:
    """Yield nose, eyes and ears of each face that shows all three of nose and eyes."""
    for line in label.read_text(encoding="utf-8").splitlines():
        points = np.array(line.split()[5:], float).reshape(17, 3)[:5] * [width, height, 1]
        seen = (points[:3, 2] == VISIBLE).all()
        if seen and np.linalg.norm(points[1, :2] - points[2, :2]) >= LEAST_DISTANCE:
            yield points


def _landmarks(face: Points) -> Iterator[tuple[str, Points]]:
    yield "eyes and nose", face[:3]
    ears = face[EARS][face[EARS][:, 2] == VISIBLE]
    if len(ears):
        yield "visible ears", ears
    middle = face[EYES].mean(axis=0)
    down = face[NOSE] - middle
    yield "hairline", (middle + HAIRLINE * down)[None]
    yield "chin", (middle + CHIN * down)[None]


def _holds(region: Region, point: Points) -> bool:
    x, y = int(point[0]) - region.x1, int(point[1]) - region.y1
    rows, columns = region.core.shape
    return 0 <= y < rows and 0 <= x < columns and bool(region.core[y, x])


def _ratio(region: Region) -> float:
    left, top, right, bottom = region.box
    return float(region.core.sum() / ((right - left) * (bottom - top)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
