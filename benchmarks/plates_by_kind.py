"""`python -m benchmarks.plates_by_kind [PROFILE ...]`: how many plates of each kind a profile hides, and what else.

A plate counts as hidden when nine tenths of it lie in what `veil anonymize` hides by default. The kinds are made of
real plates (`plate_scenes.py`). COCO's photos show few plates, so most of the regions there are false.
"""

import os
import sys
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from benchmarks.photos import Pixels
from benchmarks.plate_scenes import KINDS, Case, made, marked_plates, read
from benchmarks.streets import COCO, policy_for
from veil.adapters.recipes import recipe_of
from veil.domain.policy import ObjectClass, Profile
from veil_vision.detect.ensemble import detectors_for, find_all
from veil_vision.detect.families import open_detector
from veil_vision.evaluation.intervals import Share
from veil_vision.geometry.regions import Region, regions_of
from veil_vision.image.header import ImageLimits
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir

HIDDEN = 0.9
# Of the marked plates every sixth is asked, so that a run of one profile takes some two minutes of CPU time.
EVERY = 6
LARGE = 0.02

Look = Callable[[Pixels], Sequence[Region]]


def main(profiles: Sequence[Profile]) -> None:
    """Print a row for each kind, and one for COCO's photos."""
    looks = [_look(profile) for profile in profiles]
    print(f"| kind | {' | '.join(profiles)} |\n| --- {'| --- ' * len(profiles)}|")
    plates = list(marked_plates())[::EVERY]
    for name, kind in KINDS.items():
        cases = [made(pixels, box, kind) for pixels, box in plates]
        shares = [Share(sum(_is_hidden(case, look(case.pixels)) for case in cases), len(cases)) for look in looks]
        print(f"| {name} | {' | '.join(map(_told, shares))} |", flush=True)
    photos = [read(path) for path in sorted((COCO / "images").glob("*.jpg"))]
    print(f"| regions a photo of COCO | {' | '.join(_besides(photos, look) for look in looks)} |")


def _look(profile: Profile) -> Look:
    """Return what hides plates as the profile does, on one thread."""
    recipe = recipe_of(policy_for([ObjectClass.LICENSE_PLATE], profile), ImageLimits())
    folder = ModelFolder(models_dir(os.environ))
    cards = [card for card in catalogue() if "license_plate" in card.classes]
    able = [open_detector(card, folder, threads=1) for card in cards if folder.status(card) is ModelStatus.VERIFIED]
    detectors = detectors_for(recipe, able)

    def look(pixels: Pixels) -> Sequence[Region]:
        height, width = pixels.shape[:2]
        return regions_of(find_all(pixels, recipe, detectors), recipe.styles, width=width, height=height)

    return look


def _is_hidden(case: Case, regions: Sequence[Region]) -> bool:
    plate = np.zeros(case.pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(plate, np.rint(case.corners).astype(np.int32), 1)
    hidden = np.zeros(plate.shape, np.bool_)
    for region in regions:
        hidden[region.rows, region.columns] |= region.core
    return float(hidden[plate > 0].mean()) >= HIDDEN


def _told(share: Share) -> str:
    low, high = share.interval
    return f"{share.hits} of {share.count}: {share.value or 0:.1%} ({low:.1%} to {high:.1%})"


def _besides(photos: Sequence[Pixels], look: Look) -> str:
    """Return how many regions a photo has, and how many of all fill more than `LARGE` of theirs."""
    shares = [region.core.sum() / photo[:, :, 0].size for photo in photos for region in look(photo)]
    return f"{len(shares) / len(photos):.2f}, {sum(share > LARGE for share in shares)} above {LARGE:.0%}"


if __name__ == "__main__":
    main([Profile(name) for name in sys.argv[1:]] or list(Profile))
