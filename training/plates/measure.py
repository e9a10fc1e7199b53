"""`python measure.py --media FOLDER`: what the plate model finds in the photos kept back from training.

Runs with the product's own packages, on the product's own detector and search. A plate counts as covered when nine
tenths of its marked box lie in what Veil hides with its default margin. Boxes that touch nothing marked are false;
most of those are plates that nobody marked.
"""

import argparse
import os
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from photos import kept_back, marked

from veil_vision.boxes import Boxes, cover, intersection
from veil_vision.detectors.detector import Detector
from veil_vision.detectors.families import open_detector
from veil_vision.models import ModelFolder, catalogue, models_dir
from veil_vision.tiles import search

MARGIN, COVERED = 0.1, 0.9
BINS = (0, 12, 16, 24)
THRESHOLDS = (0.4, 0.5, 0.6, 0.65, 0.7, 0.75)


def main() -> None:
    """Print a line per threshold: coverage, false boxes and hidden share per photo, coverage by height of the plate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--model", default="veil-plates")
    chosen = parser.parse_args()
    card = next(card for card in catalogue() if card.name == chosen.model)
    detector = open_detector(card, ModelFolder(models_dir(os.environ)), threads=2)
    photos = {name: boxes for name, boxes in marked(chosen.media / "plates").items() if kept_back(name)}
    found = {name: _found(detector, chosen.media / "plates" / name) for name in photos}
    for threshold in THRESHOLDS:
        false, hidden, hits = 0, 0.0, defaultdict[int, list[bool]](list)
        for name, truth in photos.items():
            boxes, scores, area = found[name]
            boxes, area = boxes[scores >= threshold], area.copy()
            for x1, y1, x2, y2 in cover(boxes, width=area.shape[1], height=area.shape[0], margin=MARGIN):
                area[y1:y2, x1:x2] = True
            false += int((~(intersection(boxes, truth) > 0).any(axis=1)).sum())
            hidden += float(area.mean())
            for box in truth:
                hits[max(low for low in BINS if box[3] - box[1] >= low)].append(_share(area, box) >= COVERED)
        every = [hit for each in hits.values() for hit in each]
        bins = ", ".join(f"from {low} px {np.mean(hits[low]):.1%} of {len(hits[low])}" for low in sorted(hits))
        total = f"{np.mean(every):.1%} of {len(every)} covered, {false / len(photos):.2f} false"
        print(f"{threshold:.2f}: {total}, {hidden / len(photos):.2%} hidden; {bins}")


def _found(detector: Detector, path: Path) -> tuple[Boxes, NDArray[np.float32], NDArray[np.bool_]]:
    """Return all boxes and scores of a photo, and its size as a map of nothing."""
    pixels = np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])
    seen = search(detector, pixels, threshold=THRESHOLDS[0])
    return seen.boxes, seen.scores, np.zeros(pixels.shape[:2], np.bool_)


def _share(area: NDArray[np.bool_], box: NDArray[np.float32]) -> float:
    x1, y1, x2, y2 = *np.floor(box[:2]).clip(0).astype(int), *np.ceil(box[2:]).astype(int)
    return float(area[y1:y2, x1:x2].mean())


if __name__ == "__main__":
    main()
