"""The verifier: NanoDet-Plus, which comes with Veil, up to the features of its finest map, and a head of its own.

The published network is read from ONNX and goes on learning from there; its normalizations are folded into the
convolutions. Like the plate network it says of each cell how surely a plate's centre is near, and where its edges lie;
the product uses what the surest of the cells in the middle says.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from network import UNIT
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

SIDE, STRIDE = 128, 8
# Cells of the middle, from and to: what lies there is about the box that was suspected.
MIDDLE = slice(5, 11)
# The last features of the head at a stride of 8, and how many there are.
FEATURES, WIDTH = "1440", 96
# What the published network was given: BGR minus the mean, by the deviation.
MEAN, DEVIATION = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)


# What a step of the graph does, by its kind and setting, but for convolutions.
STEPS: Mapping[str, Callable[[Any], Callable[..., Tensor]]] = {
    "LeakyRelu": lambda slope: lambda x: functional.leaky_relu(x, slope),
    "Identity": lambda _: lambda x: x,
    "Concat": lambda _: lambda *parts: torch.cat(parts, dim=1),
    "Gather": lambda order: lambda x: x[:, order[0]],
    "Slice": lambda ends: lambda x: x[:, ends[0][0] : ends[1][0]],
    "Add": lambda _: torch.add,
    "MaxPool": lambda _: lambda x: functional.max_pool2d(x, 3, 2, 1),
    "Resize": lambda _: lambda x: functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False),
}


class Graph(nn.Module):
    """A convolutional ONNX graph up to one of its values, its weights as parameters."""

    def __init__(self, file: Path, output: str) -> None:
        super().__init__()
        graph = onnx.load(file).graph
        constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        self.input, self.output, self.convolutions = graph.input[0].name, output, nn.ModuleDict()
        self.steps: list[tuple[str, list[str], str, Any]] = []
        for node in _needed(graph, output):
            name, settings = node.output[0], {each.name: helper.get_attribute_value(each) for each in node.attribute}
            values = [constants[each] for each in node.input if each in constants]
            if node.op_type == "Cast":
                constants[name] = values[0].astype(np.float32)
            elif node.op_type == "Conv":
                self.convolutions[name.replace("/", "_")] = _convolution(*values, settings)
                self.steps.append(("Conv", [node.input[0]], name, name.replace("/", "_")))
            else:
                given = [each for each in node.input if each and each not in constants]
                self.steps.append(
                    (node.op_type, given, name, settings.get("alpha", [each.tolist() for each in values]))
                )

    def forward(self, pictures: Tensor) -> Tensor:
        seen = {self.input: pictures}
        for kind, given, name, setting in self.steps:
            run = self.convolutions[setting] if kind == "Conv" else STEPS[kind](setting)
            seen[name] = run(*(seen[each] for each in given))
        return seen[self.output]


def _needed(graph: onnx.GraphProto, output: str) -> Iterator[onnx.NodeProto]:
    needed, nodes = {output}, []
    for node in reversed(graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            nodes.append(node)
    return reversed(nodes)


def _convolution(weight: np.ndarray, bias: np.ndarray, settings: dict[str, Any]) -> nn.Conv2d:
    out, inside, size, _ = weight.shape
    group, stride, padding = settings["group"], settings["strides"][0], settings["pads"][0]
    layer = nn.Conv2d(inside * group, out, size, stride, padding, groups=group)
    layer.weight.data, layer.bias.data = torch.tensor(weight), torch.tensor(bias.astype(np.float32))
    return layer


class Verifier(nn.Module):
    """Crops float32 (n, 3, SIDE, SIDE), RGB 0 to 255, to logits and logarithms of distances, as `PlateNet`."""

    def __init__(self, start: Path) -> None:
        super().__init__()
        self.body = Graph(start, FEATURES)
        self.score, self.edges = nn.Conv2d(WIDTH, 1, 1), nn.Conv2d(WIDTH, 4, 1)
        for layer, bias in ((self.score, -3.0), (self.edges, 0.3)):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, bias)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("dev", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body((crops.flip(1) - self.mean) / self.dev)
        return self.score(features), self.edges(features)


class Exported(nn.Module):
    """The verifier as the product runs it: crops below each other as one picture, to what is told of each.

    That is the probability (n, 1), and the plate's box (n, 4), x1 y1 x2 y2 in pixels of the crop.
    """

    def __init__(self, network: Verifier) -> None:
        super().__init__()
        self.network = network
        middles = STRIDE * (torch.arange(MIDDLE.start, MIDDLE.stop) + 0.5)
        down, across = torch.meshgrid(middles, middles, indexing="ij")
        self.register_buffer("centres", torch.stack([across, down, across, down]).flatten(1)[None])
        self.register_buffer("outward", torch.tensor([-1.0, -1.0, 1.0, 1.0]).view(1, 4, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        crops = pictures[0].reshape(3, -1, SIDE, SIDE).transpose(0, 1)
        logits, edges = (each[:, :, MIDDLE, MIDDLE].flatten(2) for each in self.network(crops))
        surest, cell = logits.max(2)
        boxes = self.centres + self.outward * UNIT * torch.exp(edges)
        return torch.sigmoid(surest), boxes.gather(2, cell[:, :, None].expand(-1, 4, 1))[:, :, 0]
