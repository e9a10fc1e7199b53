"""`python train_verifier.py ...`: train the verifier from the published network, and export it; see README.md."""

import argparse
import copy
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from export import OPSET, halved
from learning import loss
from photos import to_learn_from
from scenes import Painter
from sheets import Texture, fonts
from textures import Maker
from verifier_crops import Crop, Sampler, crops_of
from verifier_network import SIDE, STRIDE, Exported, Verifier

# The published layers know photos already: a small rate keeps what they know.
BODY_RATE, HEAD_RATE = 3e-4, 1.2e-3
# Places without a plate that the network to go on from scores higher are learned twice as often.
HARD = 0.2
WARM_UP, KEEP, BATCH, BOX = 60, 0.998, 40, 2.0
SCENES, SEED = 1800, 5


def main() -> None:
    """Train until the schedule ends, keep a running mean of the weights, and write it as ONNX."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--media", "--cars", "--open-images", "--suspects", "--start", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--go-on", type=Path, help="weights that an earlier run left beside its --out")
    parser.add_argument("--minutes", type=float, default=60)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    sampler = _sampler(chosen)
    network = Verifier(chosen.start).to(memory_format=torch.channels_last)
    if chosen.go_on:
        network.load_state_dict(torch.load(chosen.go_on, map_location="cpu", weights_only=True))
        sampler.places += _hard(network.eval(), sampler.places)
        network.train()
    mean = copy.deepcopy(network).eval()
    head = [*network.score.parameters(), *network.edges.parameters()]
    optimizer = torch.optim.AdamW([{"params": network.body.parameters()}, {"params": head}], weight_decay=0.02)
    started, number = time.monotonic(), 0
    while (done := (time.monotonic() - started) / 60 / chosen.minutes) < 1:
        number += 1
        share = min(1, number / WARM_UP) * (0.02 + 0.98 * (1 + np.cos(np.pi * done)) / 2)
        for group, rate in zip(optimizer.param_groups, (BODY_RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * share
        told = _learn(network, optimizer, sampler)
        keep = min(KEEP, number / (number + 9))
        with torch.no_grad():
            for old, new in zip(mean.parameters(), network.parameters(), strict=True):
                old.lerp_(new, 1 - keep)
        if number % 50 == 0:
            print(json.dumps({"batch": number, "loss": told, "done": done}), flush=True)
    torch.save(mean.state_dict(), chosen.out.with_suffix(".pt"))
    _export(mean, chosen.out)


def _hard(network: Verifier, places: list[Crop]) -> list[Crop]:
    """Return the places without a plate in the middle that the network takes for one."""
    judge, empty = Exported(network), [place for place in places if not place.shows_plate()]
    with torch.no_grad():
        return [place for place in empty if judge(_pictures([place.middle()]))[0].item() > HARD]


def _pictures(crops: Sequence[Texture]) -> torch.Tensor:
    pictures = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float()
    return pictures.contiguous(memory_format=torch.channels_last)


def _sampler(chosen: argparse.Namespace) -> Sampler:
    noise, suspects = np.random.default_rng(SEED), json.loads(chosen.suspects.read_text(encoding="utf-8"))
    photos = to_learn_from(chosen.media, chosen.cars, chosen.open_images)
    scenes = Painter(photos, Maker(fonts(Path("/usr/share/fonts")), SEED))
    found = [crops_of(photo, suspects, noise) for photo in photos]
    plates, places = ([crop for crops in each for crop in crops] for each in zip(*found, strict=True))
    return Sampler(plates, places, [scenes.scene() for _ in range(SCENES)], SEED)


def _learn(network: Verifier, optimizer: torch.optim.Optimizer, sampler: Sampler) -> float:
    crops, wanted = zip(*(sampler.sample() for _ in range(BATCH)), strict=True)
    logits, edges = network(_pictures(crops))
    wrong = sum(loss(logits, edges, torch.from_numpy(np.stack(wanted)), stride=STRIDE, box=BOX))
    optimizer.zero_grad(set_to_none=True)
    wrong.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return wrong.item()


def _export(network: Verifier, out: Path) -> None:
    torch.onnx.export(
        Exported(network).eval(),
        (torch.zeros(1, 3, 2 * SIDE, SIDE),),
        str(out),
        input_names=["pictures"],
        output_names=["score", "box"],
        dynamic_axes={"pictures": {2: "height", 3: "width"}},
        opset_version=OPSET,
        dynamo=False,
    )
    data = halved(onnx.load(out)).SerializeToString()
    out.write_bytes(data)
    print(f"size_bytes = {len(data)}\nsha256 = {hashlib.sha256(data).hexdigest()!r}")


if __name__ == "__main__":
    main()
