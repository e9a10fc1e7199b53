"""The networks: NanoDet-Plus, which comes with Veil, up to the features of its finest map, and a head of their own.

The published network is read from ONNX and goes on learning from there; its normalizations are folded into the
convolutions. Each cell of the output says how surely a plate's centre is near, and the distances from the cell's
centre to the left, upper, right and lower edge, as in FCOS (Tian et al., 2019). The plate network is given whole
pictures. The verifier is given crops, and what the surest of the cells in the middle says is taken.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 8
# Distances are learned as logarithms of multiples of this many pixels.
UNIT = 16.0
# Side of the verifier's crops, and the cells of its middle, from and to: what lies there is about what was suspected.
CROP, MIDDLE = 128, slice(5, 11)
# The last features of the head at this stride, and how many there are.
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


class PlateNet(nn.Module):
    """Pictures float32 (n, 3, h, w), RGB 0 to 255, sides multiples of 32, to logits and logarithms of distances."""

    def __init__(self, published: Path, start: Path | None = None) -> None:
        """Read the published network, and with `start` the weights of an exported one, to go on from."""
        super().__init__()
        self.body = Graph(published, FEATURES)
        self.score, self.edges = nn.Conv2d(WIDTH, 1, 1), nn.Conv2d(WIDTH, 4, 1)
        for layer, bias in ((self.score, -3.0), (self.edges, 0.3)):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, bias)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("dev", torch.tensor(DEVIATION).view(1, 3, 1, 1))
        if start:
            _take_over(start, [*self.body.convolutions.values(), self.score, self.edges])

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body((pictures.flip(1) - self.mean) / self.dev)
        return self.score(features), self.edges(features)


def _take_over(start: Path, layers: list[nn.Conv2d]) -> None:
    """Set the layers' weights to those of an exported network, whose convolutions stand in the same order."""
    graph = onnx.load(start).graph
    constants = {each.name: numpy_helper.to_array(each).astype(np.float32) for each in graph.initializer}
    constants |= {node.output[0]: constants[node.input[0]] for node in graph.node if node.op_type == "Cast"}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    for layer, node in zip(layers, nodes, strict=True):
        layer.load_state_dict(
            {key: torch.tensor(constants[name]) for key, name in zip(("weight", "bias"), node.input[1:], strict=True)}
        )


class Exported(nn.Module):
    """The plate network as the product runs it: probabilities, and distances in pixels of its input, of each cell."""

    def __init__(self, network: PlateNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        logits, edges = self.network(pictures)
        return torch.sigmoid(logits), torch.exp(edges) * UNIT


class ExportedVerifier(nn.Module):
    """The verifier as the product runs it: crops below each other as one picture, to what is told of each.

    That is the probability (n, 1), and the plate's box (n, 4), x1 y1 x2 y2 in pixels of the crop.
    """

    def __init__(self, network: PlateNet) -> None:
        super().__init__()
        self.network = network
        middles = STRIDE * (torch.arange(MIDDLE.start, MIDDLE.stop) + 0.5)
        down, across = torch.meshgrid(middles, middles, indexing="ij")
        self.register_buffer("centres", torch.stack([across, down, across, down]).flatten(1)[None])
        self.register_buffer("outward", torch.tensor([-1.0, -1.0, 1.0, 1.0]).view(1, 4, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        crops = pictures[0].reshape(3, -1, CROP, CROP).transpose(0, 1)
        logits, edges = (each[:, :, MIDDLE, MIDDLE].flatten(2) for each in self.network(crops))
        surest, cell = logits.max(2)
        boxes = self.centres + self.outward * UNIT * torch.exp(edges)
        return torch.sigmoid(surest), boxes.gather(2, cell[:, :, None].expand(-1, 4, 1))[:, :, 0]
