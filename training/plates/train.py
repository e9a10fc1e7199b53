"""`python train.py --media FOLDER --cars FOLDER --out FOLDER`: train the plate network; see README.md."""

import argparse
import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from learning import loss, targets
from network import PlateNet
from photos import to_learn_from
from scenes import Painter
from sheets import fonts
from textures import Maker
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

PEAK_RATE = 2e-3
WARM_UP = 60
KEEP = 0.999
EVERY = 50


class Scenes(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Scenes and their targets without end, other ones in each worker."""

    def __init__(self, media: Path, cars: Path, open_images: Path, seed: int) -> None:
        self.media, self.cars, self.open_images, self.seed = media, cars, open_images, seed

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        worker = get_worker_info()
        cv2.setNumThreads(1)
        maker = Maker(fonts(Path("/usr/share/fonts")), self.seed * 1000 + (worker.id if worker else 0))
        painter = Painter(to_learn_from(self.media, self.cars, self.open_images), maker)
        while True:
            pixels, plates, unsure = painter.scene()
            yield torch.from_numpy(pixels), torch.from_numpy(targets(plates, unsure))


def main() -> None:
    """Train, keep a running mean of the weights, and save both now and then."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--cars", type=Path, required=True)
    parser.add_argument("--open-images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=32, help="scenes in a batch")
    parser.add_argument("--batches", type=int, default=6000)
    parser.add_argument("--minutes", type=float, default=1e9, help="end the schedule after this time, if sooner")
    parser.add_argument("--start", type=Path, help="weights to start from")
    parser.add_argument("--rate", type=float, default=PEAK_RATE)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--single", action="store_true", help="in single precision, for processors without bfloat16")
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    torch.set_flush_denormal(True)
    chosen.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = PlateNet()
    if chosen.start:
        network.load_state_dict(torch.load(chosen.start, map_location="cpu", weights_only=True))
    network = network.to(device, memory_format=torch.channels_last)
    mean = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(network.parameters(), lr=chosen.rate, weight_decay=0.02, fused=True)
    scenes = Scenes(chosen.media, chosen.cars, chosen.open_images, chosen.seed)
    # Started afresh: OpenCV and PyTorch hang in processes forked after they have started threads.
    loader = DataLoader(
        scenes, chosen.batch, num_workers=chosen.workers, prefetch_factor=4, multiprocessing_context="spawn"
    )
    started, sums, log = time.monotonic(), np.zeros(2), (chosen.out / "log.jsonl").open("a", encoding="utf-8")
    for number, (pictures, wanted) in enumerate(loader):
        done = max(number / chosen.batches, (time.monotonic() - started) / 60 / chosen.minutes)
        if done >= 1:
            break
        rate = chosen.rate * min(1, (number + 1) / WARM_UP) * (0.02 + 0.98 * (1 + np.cos(np.pi * done)) / 2)
        for group in optimizer.param_groups:
            group["lr"] = rate
        sums += _learn(network, optimizer, pictures.to(device), wanted.to(device), half=not chosen.single)
        _average(mean, network, min(KEEP, (number + 1) / (number + 10)))
        if (number + 1) % EVERY == 0:
            entry = {"batch": number + 1, "score": sums[0] / EVERY, "box": sums[1] / EVERY, "rate": rate, "done": done}
            log.write(json.dumps(entry | {"seconds": round(time.monotonic() - started)}) + "\n")
            log.flush()
            sums[:] = 0
        if (number + 1) % 100 == 0:
            torch.save(mean.state_dict(), chosen.out / "mean.pt")
    torch.save(mean.state_dict(), chosen.out / "mean.pt")


def _learn(
    network: PlateNet, optimizer: torch.optim.Optimizer, pictures: torch.Tensor, wanted: torch.Tensor, *, half: bool
) -> np.ndarray:
    network.train()
    inputs = pictures.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
    with torch.autocast(inputs.device.type, dtype=torch.bfloat16, enabled=half):
        logits, edges = network(inputs)
    scores, boxes = loss(logits.float(), edges.float(), wanted)
    optimizer.zero_grad(set_to_none=True)
    (scores + boxes).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
    optimizer.step()
    return np.array([scores.item(), boxes.item()])


@torch.no_grad()
def _average(mean: PlateNet, network: PlateNet, keep: float) -> None:
    for old, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


if __name__ == "__main__":
    main()
