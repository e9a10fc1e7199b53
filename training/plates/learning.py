"""What the networks are taught, and how: targets for a picture, the loss, and the steps.

Targets follow TTFNet (Liu et al., 2020): a Gaussian of the plate's proportions at its centre, and distances learned
by every cell under it, weighted by it. The loss is CenterNet's focal loss (Zhou et al., 2019) and, for the boxes,
one minus the generalized IoU (Rezatofighi et al., 2019).
"""

import copy
import json
import time

import numpy as np
import torch
from network import STRIDE, UNIT, PlateNet
from numpy.typing import NDArray
from scenes import Boxes
from torch import Tensor

# Deviation of the Gaussian as a share of the plate's sides.
SPREAD = 0.54 / 6 * 1.6
LEAST_SPREAD = 0.55
# The published layers know photos already: a small rate keeps what they know.
BODY_RATE, HEAD_RATE, DECAY = 4e-4, 1.2e-3, 0.02
# Batches in which the rates rise, how much of the running mean stays in each, and the longest gradient.
WARM_UP, KEEP, LONGEST = 60, 0.998, 5.0
TOLD_EVERY = 50


class Learner:
    """Teaches a network batch by batch for some minutes, at rates that fall to nothing, and keeps its running mean."""

    def __init__(self, network: PlateNet, *, minutes: float, box: float) -> None:
        """Take the network, and what a wrong box weighs beside a wrong score."""
        self.network = network.to(memory_format=torch.channels_last).train()
        self.mean = copy.deepcopy(network).eval()
        head = [*network.score.parameters(), *network.edges.parameters()]
        self._optimizer = torch.optim.AdamW(
            [{"params": network.body.parameters()}, {"params": head}], lr=HEAD_RATE, weight_decay=DECAY
        )
        self._minutes, self._box, self._started = minutes, box, time.monotonic()
        self._batches, self._told = 0, np.zeros(2)

    @property
    def done(self) -> float:
        """Return the share of the time that is over."""
        return (time.monotonic() - self._started) / 60 / self._minutes

    def learn(self, pictures: NDArray[np.uint8], wanted: NDArray[np.float32]) -> None:
        """Learn from pictures (n, h, w, 3), RGB, and their targets (n, 7, h / STRIDE, w / STRIDE)."""
        self._batches += 1
        share = min(1, self._batches / WARM_UP) * (0.02 + 0.98 * (1 + np.cos(np.pi * min(self.done, 1))) / 2)
        for group, rate in zip(self._optimizer.param_groups, (BODY_RATE, HEAD_RATE), strict=True):
            group["lr"] = rate * share
        scores, boxes = loss(*self.network(as_input(pictures)), torch.from_numpy(wanted))
        self._optimizer.zero_grad(set_to_none=True)
        (scores + self._box * boxes).backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST)
        self._optimizer.step()
        keep = min(KEEP, self._batches / (self._batches + 9))
        with torch.no_grad():
            for old, new in zip(self.mean.parameters(), self.network.parameters(), strict=True):
                old.lerp_(new, 1 - keep)
        self._told += (scores.item(), boxes.item())
        if self._batches % TOLD_EVERY == 0:
            score, box = (self._told / TOLD_EVERY).tolist()
            print(json.dumps({"batch": self._batches, "score": score, "box": box, "done": self.done}), flush=True)
            self._told[:] = 0


def as_input(pictures: NDArray[np.uint8]) -> Tensor:
    """Return pictures (n, h, w, 3) as a network takes them, float32 (n, 3, h, w)."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)


def targets(plates: Boxes, unsure: Boxes, *, side: int) -> NDArray[np.float32]:
    """Return float32 (7, cells, cells): heat, whether to learn, weight of the box, the box xyxy in pixels."""
    cells, margin = side // STRIDE, STRIDE / 2
    grid = (np.arange(cells, dtype=np.float32) + 0.5) * STRIDE
    out = np.zeros((7, cells, cells), np.float32)
    out[1] = 1
    for x1, y1, x2, y2 in unsure:
        rows, columns = (grid >= y1 - margin) & (grid <= y2 + margin), (grid >= x1 - margin) & (grid <= x2 + margin)
        out[1][np.ix_(rows, columns)] = 0
    for box in sorted(plates.tolist(), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1])):
        heat = np.outer(_bell(grid, box[1], box[3]), _bell(grid, box[0], box[2]))
        # The cell nearest to the centre counts as the centre, and is learned whatever is unsure around it.
        peak = np.unravel_index(int(heat.argmax()), heat.shape)
        heat[peak] = 1
        out[1][heat > 0.3] = 1
        near = (heat > 0.1) & (heat >= out[0])
        out[2][near] = heat[near] / heat[near].sum() * np.log2(4 + (box[2] - box[0]) * (box[3] - box[1]) / STRIDE**2)
        out[3:][:, near] = np.array(box, np.float32)[:, None]
        out[0] = np.maximum(out[0], heat)
    return out


def _bell(grid: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    spread = max((high - low) * SPREAD, LEAST_SPREAD * STRIDE)
    return np.asarray(np.exp(-((grid - (low + high) / 2) ** 2) / (2 * spread**2)), np.float32)


def loss(logits: Tensor, edges: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss of the scores and of the boxes of a batch."""
    heat, learn, weight, boxes = wanted[:, 0], wanted[:, 1], wanted[:, 2], wanted[:, 3:]
    return _focal(logits[:, 0], heat, learn), _overlap(edges, boxes, weight)


def _focal(logits: Tensor, heat: Tensor, learn: Tensor) -> Tensor:
    score = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    hit = heat >= 0.999
    gain = torch.where(
        hit, (1 - score) ** 2 * torch.log(score), (1 - heat) ** 4 * score**2 * torch.log(1 - score) * learn
    )
    return -gain.sum() / hit.sum().clamp(min=1)


def _overlap(edges: Tensor, boxes: Tensor, weight: Tensor) -> Tensor:
    grid = (torch.arange(edges.shape[-1]) + 0.5) * STRIDE
    reach = torch.exp(edges.clamp(-6, 4)) * UNIT
    x, y = grid[None, None, :], grid[None, :, None]
    mine = torch.stack([x - reach[:, 0], y - reach[:, 1], x + reach[:, 2], y + reach[:, 3]], dim=1)
    low, high = torch.maximum(mine[:, :2], boxes[:, :2]), torch.minimum(mine[:, 2:], boxes[:, 2:])
    inter = (high - low).clamp(min=0).prod(dim=1)
    area, wanted = (mine[:, 2:] - mine[:, :2]).prod(dim=1), (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    union = area + wanted - inter
    hull = (torch.maximum(mine[:, 2:], boxes[:, 2:]) - torch.minimum(mine[:, :2], boxes[:, :2])).prod(dim=1)
    quality = inter / union.clamp(min=1e-3) - (hull - union) / hull.clamp(min=1e-3)
    return ((1 - quality) * weight).sum() / weight.sum().clamp(min=1)
