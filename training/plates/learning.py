"""What the network is taught: targets for a scene, and the loss.

Targets follow TTFNet (Liu et al., 2020): a Gaussian of the plate's proportions at its centre, and distances learned
by every cell under it, weighted by it. The loss is CenterNet's focal loss (Zhou et al., 2019) and, for the boxes,
one minus the generalized IoU (Rezatofighi et al., 2019).
"""

import numpy as np
import torch
from network import STRIDE, UNIT
from numpy.typing import NDArray
from scenes import SIDE, Boxes
from torch import Tensor

CELLS = SIDE // STRIDE
# Deviation of the Gaussian as a share of the plate's sides.
SPREAD = 0.54 / 6 * 1.6
LEAST_SPREAD = 0.55
TRUE, BOX = 1.0, 5.0


def targets(plates: Boxes, unsure: Boxes) -> NDArray[np.float32]:
    """Return float32 (7, CELLS, CELLS): heat, whether to learn, weight of the box, the box xyxy in pixels."""
    grid = (np.arange(CELLS, dtype=np.float32) + 0.5) * STRIDE
    out = np.zeros((7, CELLS, CELLS), np.float32)
    out[1] = 1
    for x1, y1, x2, y2 in unsure:
        out[1][np.ix_((grid >= y1 - 2) & (grid <= y2 + 2), (grid >= x1 - 2) & (grid <= x2 + 2))] = 0
    for box in sorted(plates.tolist(), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1])):
        heat = np.outer(_bell(grid, box[1], box[3]), _bell(grid, box[0], box[2]))
        # The cell nearest to the centre counts as the centre, and is learned whatever is unsure around it.
        peak = np.unravel_index(int(heat.argmax()), heat.shape)
        heat[peak] = 1
        out[1][heat > 0.3] = 1
        near = (heat > 0.1) & (heat >= out[0])
        out[2][near] = heat[near] / heat[near].sum() * np.log2(4 + (box[2] - box[0]) * (box[3] - box[1]) / 16)
        out[3:][:, near] = np.array(box, np.float32)[:, None]
        out[0] = np.maximum(out[0], heat)
    return out


def _bell(grid: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    spread = max((high - low) * SPREAD, LEAST_SPREAD * STRIDE)
    return np.asarray(np.exp(-((grid - (low + high) / 2) ** 2) / (2 * spread**2)), np.float32)


def loss(logits: Tensor, edges: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss of the scores and of the boxes of a batch."""
    heat, learn, weight, boxes = wanted[:, 0], wanted[:, 1], wanted[:, 2], wanted[:, 3:]
    return TRUE * _focal(logits[:, 0], heat, learn), BOX * _overlap(edges, boxes, weight)


def _focal(logits: Tensor, heat: Tensor, learn: Tensor) -> Tensor:
    score = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    hit = heat >= 0.999
    gain = torch.where(
        hit, (1 - score) ** 2 * torch.log(score), (1 - heat) ** 4 * score**2 * torch.log(1 - score) * learn
    )
    return -gain.sum() / hit.sum().clamp(min=1)


def _overlap(edges: Tensor, boxes: Tensor, weight: Tensor) -> Tensor:
    grid = (torch.arange(CELLS, device=edges.device) + 0.5) * STRIDE
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
