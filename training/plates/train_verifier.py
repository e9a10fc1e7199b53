"""`python train_verifier.py ...`: train the verifier from the published network, and export it; see README.md."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from export import export
from learning import Learner, as_input
from network import ExportedVerifier, PlateNet
from photos import to_learn_from
from scenes import Painter
from sheets import fonts
from textures import Maker
from verifier_crops import Crop, Sampler, crops_of

# Places without a plate that the network to go on from scores higher are learned twice as often.
HARD = 0.2
BATCH, BOX = 40, 2.0
SCENES, SEED = 1800, 5


def main() -> None:
    """Train until the time is over and write the running mean as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--media", "--cars", "--open-images", "--published", "--suspects", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--start", type=Path, help="an exported verifier to go on from")
    parser.add_argument("--minutes", type=float, default=60)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    sampler, network = _sampler(chosen), PlateNet(chosen.published, chosen.start)
    if chosen.start:
        sampler.places += _hard(network.eval(), sampler.places)
    learner = Learner(network, minutes=chosen.minutes, box=BOX)
    while learner.done < 1:
        crops, wanted = zip(*(sampler.sample() for _ in range(BATCH)), strict=True)
        learner.learn(np.stack(crops), np.stack(wanted))
    export(ExportedVerifier(learner.mean), chosen.out, outputs=("score", "box"))


def _hard(network: PlateNet, places: list[Crop]) -> list[Crop]:
    """Return the places without a plate in the middle that the network takes for one."""
    judge, empty = ExportedVerifier(network), [place for place in places if not place.shows_plate()]
    with torch.no_grad():
        return [place for place in empty if judge(as_input(place.middle()[None]))[0].item() > HARD]


def _sampler(chosen: argparse.Namespace) -> Sampler:
    noise, suspects = np.random.default_rng(SEED), json.loads(chosen.suspects.read_text(encoding="utf-8"))
    photos = to_learn_from(chosen.media, chosen.cars, chosen.open_images)
    scenes = Painter(photos, Maker(fonts(Path("/usr/share/fonts")), SEED))
    found = [crops_of(photo, suspects, noise) for photo in photos]
    plates, places = ([crop for crops in each for crop in crops] for each in zip(*found, strict=True))
    return Sampler(plates, places, [scenes.scene() for _ in range(SCENES)], SEED)


if __name__ == "__main__":
    main()
