"""`python train.py ...`: train the plate network from the published one, and export it; see README.md."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from export import export
from learning import Learner, targets
from network import Exported, PlateNet
from numpy.typing import NDArray
from photos import to_learn_from
from scenes import SIDE, Painter
from sheets import Texture, fonts
from textures import Maker
from torch.utils.data import DataLoader, IterableDataset

BATCH, BOX = 20, 3.0


class Scenes(IterableDataset[tuple[Texture, NDArray[np.float32]]]):
    """Scenes and their targets without end."""

    def __init__(self, media: Path, cars: Path, open_images: Path, seed: int) -> None:
        self.media, self.cars, self.open_images, self.seed = media, cars, open_images, seed

    def __iter__(self) -> Iterator[tuple[Texture, NDArray[np.float32]]]:
        cv2.setNumThreads(1)
        maker = Maker(fonts(Path("/usr/share/fonts")), self.seed)
        painter = Painter(to_learn_from(self.media, self.cars, self.open_images), maker)
        while True:
            pixels, plates, unsure = painter.scene()
            yield pixels, targets(plates, unsure, side=SIDE)


def main() -> None:
    """Train until the time is over and write the running mean as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--media", "--cars", "--open-images", "--published", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--start", type=Path, help="an exported network to go on from")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    torch.set_flush_denormal(True)
    learner = Learner(PlateNet(chosen.published, chosen.start), minutes=chosen.minutes, box=BOX)
    scenes = Scenes(chosen.media, chosen.cars, chosen.open_images, chosen.seed)
    # Started afresh: OpenCV and PyTorch hang in processes forked after they have started threads.
    loader = DataLoader(scenes, BATCH, num_workers=1, prefetch_factor=4, multiprocessing_context="spawn")
    for pictures, wanted in loader:
        if learner.done >= 1:
            break
        learner.learn(pictures.numpy(), wanted.numpy())
    export(Exported(learner.mean), chosen.out, outputs=("score", "edges"))


if __name__ == "__main__":
    main()
