"""`python measure.py --media FOLDER`: what the plate model finds in the photos kept back from training.

Runs with the product's own packages, on the product's own detector and search. A plate counts as covered when nine
tenths of its marked box lie in what Veil hides with its default margin. Boxes that touch nothing marked are false; in
the photos of Bucharest most of those are plates that nobody marked. `--shrink 2` makes the photos, and the plates in
them, half as large; `--region america` puts drawn plates of a region in place of the photos' own. `--cars FOLDER` and
`--open-images FOLDER` take the kept back photos of these sets instead: what is unsure in them is not false, and plates
that can be read are told by themselves as well.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from abroad import repainted
from numpy.typing import NDArray
from photos import cars_kept_back, kept_back, marked, open_images_kept_back
from scenes import Boxes
from sheets import Texture, fonts
from styles import REGIONS
from textures import Maker

from veil_vision.detect.families import open_detector
from veil_vision.detect.tiles import search
from veil_vision.evaluation.intervals import Share
from veil_vision.geometry.boxes import intersection, iou
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir

STYLES, COVERED = {ObjectClass.LICENSE_PLATE: RegionStyle(Shape.EVEN_BOX)}, 0.9
# An unsure place is one of the marks if it overlaps it so far.
MARKED = 0.9
BINS = (0, 8, 12, 16, 24)
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.7)


def main() -> None:
    """Print a line per threshold: coverage, false boxes and hidden share per photo, coverage by height of the plate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--model", default="veil-plates")
    parser.add_argument("--cars", type=Path)
    parser.add_argument("--open-images", type=Path)
    parser.add_argument("--shrink", type=float, default=1.0)
    parser.add_argument("--region", choices=tuple(REGIONS))
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts"), help="what drawn plates are written in")
    chosen = parser.parse_args()
    card = next(card for card in catalogue() if card.name == chosen.model)
    detector = open_detector(card, ModelFolder(models_dir(os.environ)), threads=2)
    photos = []
    for pixels, truth, unsure in _photos(chosen):
        seen = search(detector, pixels, threshold=THRESHOLDS[0])
        photos.append((seen, truth, unsure, np.zeros(pixels.shape[:2], np.bool_)))
    for threshold in THRESHOLDS:
        false, hidden, read, hits = 0, 0.0, list[bool](), defaultdict[int, list[bool]](list)
        for seen, truth, unsure, nothing in photos:
            sure, area = seen.select(np.flatnonzero(seen.scores >= threshold)), nothing.copy()
            for region in regions_of(sure, STYLES, width=area.shape[1], height=area.shape[0]):
                area[region.rows, region.columns] |= region.core
            false += int((~(intersection(sure.boxes, np.concatenate([truth, unsure])) > 0).any(axis=1)).sum())
            hidden += float(area.mean())
            for box, legible in zip(truth, (iou(truth, unsure) < MARKED).all(axis=1), strict=True):
                hit = _share(area, box) >= COVERED
                hits[max(low for low in BINS if box[3] - box[1] >= low)].append(hit)
                read += [hit] if legible else []
        every = _told([hit for each in hits.values() for hit in each])
        bins = ", ".join(f"from {low} px {_told(hits[low])}" for low in sorted(hits))
        print(
            f"{threshold:.2f}: {every}, legible {_told(read)}, {false / len(photos):.2f} false, "
            f"{hidden / len(photos):.2%} hidden; {bins}"
        )


def _photos(chosen: argparse.Namespace) -> Iterator[tuple[Texture, Boxes, Boxes]]:
    """Yield each photo as it is to be looked at, RGB, its plates, and what is unsure, xyxy."""
    if chosen.cars or chosen.open_images:
        for photo in cars_kept_back(chosen.cars) if chosen.cars else open_images_kept_back(chosen.open_images):
            yield photo.pixels(), photo.plates, photo.unsure
        return
    new = _painter(chosen.region, chosen.fonts) if chosen.region else None
    for name, boxes in marked(chosen.media / "plates").items():
        if not kept_back(name):
            continue
        pixels = np.ascontiguousarray(cv2.imread(str(chosen.media / "plates" / name))[:, :, ::-1])
        plates = boxes
        if new:
            pixels, plates = new(pixels, boxes)
        if chosen.shrink != 1:
            size = tuple(round(each / chosen.shrink) for each in pixels.shape[1::-1])
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        yield pixels, plates / np.float32(chosen.shrink), np.zeros((0, 4), np.float32)


def _painter(region: str, folder: Path) -> Callable[[Texture, Boxes], tuple[Texture, Boxes]]:
    return partial(repainted, maker=Maker(fonts(folder), seed=1), region=region, styles=REGIONS[region])


def _share(area: NDArray[np.bool_], box: NDArray[np.float32]) -> float:
    x1, y1, x2, y2 = *np.floor(box[:2]).clip(0).astype(int), *np.ceil(box[2:]).astype(int)
    return float(area[y1:y2, x1:x2].mean())


def _told(hits: list[bool]) -> str:
    share = Share(sum(hits), len(hits))
    low, high = share.interval
    return f"{share.value or 0:.1%} of {len(hits)} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    main()
