"""`python suspects.py --media FOLDER --cars FOLDER --open-images FOLDER OUT`: what is suspected in photos.

Runs with the product's own packages. The verifier learns from it what is no plate, though it looks like one to the
plate network. Without those of the one city the verifier forgot what streets look like.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from photos import cars_to_learn_from, one_city_to_learn_from, open_images_to_learn_from, without_plates

from veil_vision.detect.families import open_detector
from veil_vision.detect.plates import Plates
from veil_vision.detect.tiles import search
from veil_vision.geometry.detections import Detections
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir

LEAST = 0.15


class Suspecting:
    """The plate network alone, as a detector."""

    def __init__(self, plates: Plates) -> None:
        self.plates, self.search_plan = plates, plates.search_plan

    def detect(self, pixels: np.ndarray, *, threshold: float, long_side: int) -> Detections:
        return self.plates.suspected(pixels, threshold=threshold, long_side=long_side)


def main() -> None:
    """Write boxes xyxy and scores of each photo as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--media", "--cars", "--open-images"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    card = next(card for card in catalogue() if card.name == "veil-plates")
    detector = Suspecting(open_detector(card, ModelFolder(models_dir(os.environ))))
    photos = [
        *cars_to_learn_from(chosen.cars),
        *open_images_to_learn_from(chosen.open_images),
        *one_city_to_learn_from(chosen.media),
        *without_plates(chosen.media),
    ]
    found = {}
    for photo in photos:
        seen = search(detector, photo.pixels(), threshold=LEAST)
        found[photo.name] = {"boxes": seen.boxes.round(1).tolist(), "scores": seen.scores.round(3).tolist()}
    chosen.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
