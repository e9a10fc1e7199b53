"""The network: where plates are, at a quarter of the picture's size, and how far their edges lie.

A small residual backbone down to 1/32 and a top-down path back to 1/4, plain convolutions throughout. Each cell
of the output says how surely a plate's centre is near, and the distances from the cell's centre to the left,
upper, right and lower edge, as in FCOS (Tian et al., 2019).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
# Distances are learned as logarithms of multiples of this many pixels.
UNIT = 16.0


def _step(inside: int, outside: int, *, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, stride, size // 2, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions around which the input is added."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _step(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, dilation, dilation=dilation, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class PlateNet(nn.Module):
    """Pictures float32 (n, 3, h, w), RGB 0 to 255, sides multiples of 32, to logits and logarithms of distances."""

    def __init__(self, widths: tuple[int, ...] = (32, 48, 80, 128), lane: int = 40) -> None:
        super().__init__()
        w4, w8, w16, w32 = widths
        # One large step to a quarter: on a CPU, full-size maps cost more than all that follows.
        first = nn.Sequential(nn.Conv2d(3, w4, 6, 4, 1, bias=False), nn.BatchNorm2d(w4), nn.ReLU(inplace=True))
        self.stem = nn.Sequential(first, _step(w4, w4))
        self.down8 = nn.Sequential(_step(w4, w8, stride=2), Residual(w8), Residual(w8))
        self.down16 = nn.Sequential(_step(w8, w16, stride=2), Residual(w16), Residual(w16, 2))
        self.down32 = nn.Sequential(_step(w16, w32, stride=2), Residual(w32), Residual(w32, 2), Residual(w32, 3))
        self.lanes = nn.ModuleList([nn.Conv2d(width, lane, 1) for width in (w4, w8, w16, w32)])
        self.smooth16, self.smooth8 = _step(lane, lane), _step(lane, lane)
        self.last = _step(lane, lane)
        self.score, self.edges = nn.Conv2d(lane, 1, 1), nn.Conv2d(lane, 4, 1)
        nn.init.constant_(self.score.bias, -4.6)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        x4 = self.stem(pictures / 127.5 - 1)
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        lanes = [lane(x) for lane, x in zip(self.lanes, (x4, x8, x16, self.down32(x16)), strict=True)]
        top = self.smooth16(lanes[2] + _twice(lanes[3]))
        top = self.smooth8(lanes[1] + _twice(top))
        top = self.last(lanes[0] + _twice(top))
        return self.score(top), self.edges(top)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


class Exported(nn.Module):
    """The network as the product runs it: probabilities and distances in pixels of its input."""

    def __init__(self, network: PlateNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        logits, edges = self.network(pictures)
        return torch.sigmoid(logits), torch.exp(edges) * UNIT
