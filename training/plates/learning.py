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

# Deviation of the Gaussian as a share of the plate's sides.
SPREAD = 0.54 / 6 * 1.6
LEAST_SPREAD = 0.55
BOX = 5.0


def targets(plates: Boxes, unsure: Boxes, *, side: int = SIDE, stride: int = STRIDE) -> NDArray[np.float32]:
    """Return float32 (7, cells, cells): heat, whether to learn, weight of the box, the box xyxy in pixels."""
    cells, margin = side // stride, stride / 2
    grid = (np.arange(cells, dtype=np.float32) + 0.5) * stride
    out = np.zeros((7, cells, cells), np.float32)
    out[1] = 1
    for x1, y1, x2, y2 in unsure:
        rows, columns = (grid >= y1 - margin) & (grid <= y2 + margin), (grid >= x1 - margin) & (grid <= x2 + margin)
        out[1][np.ix_(rows, columns)] = 0
    for box in sorted(plates.tolist(), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1])):
        heat = np.outer(_bell(grid, box[1], box[3], stride), _bell(grid, box[0], box[2], stride))
        # The cell nearest to the centre counts as the centre, and is learned whatever is unsure around it.
        peak = np.unravel_index(int(heat.argmax()), heat.shape)
        heat[peak] = 1
        out[1][heat > 0.3] = 1
        near = (heat > 0.1) & (heat >= out[0])
        out[2][near] = heat[near] / heat[near].sum() * np.log2(4 + (box[2] - box[0]) * (box[3] - box[1]) / stride**2)
        out[3:][:, near] = np.array(box, np.float32)[:, None]
        out[0] = np.maximum(out[0], heat)
    return out


def _bell(grid: NDArray[np.float32], low: float, high: float, stride: int) -> NDArray[np.float32]:
    spread = max((high - low) * SPREAD, LEAST_SPREAD * stride)
    return np.asarray(np.exp(-((grid - (low + high) / 2) ** 2) / (2 * spread**2)), np.float32)


def loss(
    logits: Tensor, edges: Tensor, wanted: Tensor, *, stride: int = STRIDE, box: float = BOX
) -> tuple[Tensor, Tensor]:
    """Return the loss of the scores and of the boxes of a batch."""
    heat, learn, weight, boxes = wanted[:, 0], wanted[:, 1], wanted[:, 2], wanted[:, 3:]
    return _focal(logits[:, 0], heat, learn), box * _overlap(edges, boxes, weight, stride)


def _focal(logits: Tensor, heat: Tensor, learn: Tensor) -> Tensor:
    score = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    hit = heat >= 0.999
    gain = torch.where(
        hit, (1 - score) ** 2 * torch.log(score), (1 - heat) ** 4 * score**2 * torch.log(1 - score) * learn
    )
    return -gain.sum() / hit.sum().clamp(min=1)


def _overlap(edges: Tensor, boxes: Tensor, weight: Tensor, stride: int) -> Tensor:
    grid = (torch.arange(edges.shape[-1], device=edges.device) + 0.5) * stride
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
