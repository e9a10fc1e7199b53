"""TensorFlow operations -> an ONNX network whose channels come first and whose sizes are free.

The TensorFlow graph was itself made from an ONNX network, by putting every convolution between two
transpositions. Here a tensor is always channels first and merely remembers in which order the graph believes
its axes to be, so no transposition is left. Padding, an operation of its own there, waits for the
convolution that wants it. Only what NanoDet uses is understood; everything else is an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.street.tfjs import Constant, Graph, Node

OPSET = 17
IR_VERSION = 8
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
NO_PADDING = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the ONNX network as the TensorFlow graph sees it.

    Attributes:
        name: In the ONNX network, where it is (1, channels, height, width).
        stride: Pixels of the network's input per pixel of it.
        channels_last: Whether the graph believes it to be (1, height, width, channels).
        padding: Rows and columns to add at the top, left, bottom and right before it is used.
    """

    name: str
    stride: int
    channels_last: bool
    padding: tuple[int, ...] = NO_PADDING


@dataclass(slots=True)
class Network:
    """An ONNX network that grows with every operation put into it.

    Attributes:
        graph: What it is made from.
        side: Height and width of the input for which the graph was made.
        pack: Puts a kernel (out, in, height, width) into the network and returns its name there.
    """

    graph: Graph
    side: int
    pack: Callable[["Network", str, NDArray[np.float32]], str]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    stored: list[onnx.TensorProto] = field(default_factory=list)
    _tensors: dict[str, Tensor] = field(default_factory=dict)

    def store(self, name: str, values: NDArray[np.generic]) -> str:
        """Keep constant values under a name, and return the name."""
        self.stored.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def put(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append an operation, and return its output's name."""
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def tensor(self, name: str) -> Tensor:
        """Return the tensor of a TensorFlow operation, built when first asked for."""
        if name not in self._tensors:
            node = self.graph.nodes[name]
            self._tensors[name] = OPERATIONS[node.op](self, node)
        return self._tensors[name]

    def constant(self, name: str) -> Constant:
        """Return a constant's value."""
        return self.graph.constants[name]


def to_onnx(network: Network, inputs: str, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """Return the network from the input's name to the outputs, given as the graph's names by ours."""
    for ours, theirs in outputs.items():
        network.put("Identity", [network.tensor(theirs).name], ours)
    image = helper.make_tensor_value_info(inputs, TensorProto.FLOAT, [1, 3, "height", "width"])
    found = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None, None]) for name in outputs]
    graph = helper.make_graph(network.nodes, "street", [image], found, network.stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


def _image(_network: Network, node: Node) -> Tensor:
    return Tensor(node.name, 1, channels_last=False)


def _transpose(network: Network, node: Node) -> Tensor:
    given = network.tensor(node.inputs[0])
    if network.constant(node.inputs[1]).tolist() != (TO_FIRST if given.channels_last else TO_LAST):
        raise ValueError(f"{node.name} is no change between channels first and last")
    return replace(given, channels_last=not given.channels_last)


def _pad(network: Network, node: Node) -> Tensor:
    """Remember the padding; zeros for convolutions and the least number for maxima is what ONNX adds itself."""
    given = network.tensor(node.inputs[0])
    _, _, (top, bottom), (left, right) = network.constant(node.inputs[1]).tolist()
    _require_first(given, node)
    return replace(given, padding=(top, left, bottom, right))


def _conv(network: Network, node: Node) -> Tensor:
    given = network.tensor(node.inputs[0])
    kernel = network.constant(node.inputs[1]).astype(np.float32).transpose(3, 2, 0, 1)
    step = _step(node)
    inputs = [given.name, network.pack(network, node.inputs[1], kernel)]
    network.put("Conv", inputs, node.name, strides=[step, step], pads=given.padding)
    return Tensor(node.name, given.stride * step, channels_last=True)


def _max_pool(network: Network, node: Node) -> Tensor:
    given = network.tensor(node.inputs[0])
    _, high, wide, _ = node.numbers("ksize")
    step = _step(node)
    network.put("MaxPool", [given.name], node.name, kernel_shape=[high, wide], strides=[step, step], pads=given.padding)
    return Tensor(node.name, given.stride * step, channels_last=True)


def _step(node: Node) -> int:
    one, down, right, also_one = node.numbers("strides")
    if (one, also_one) != (1, 1) or down != right or node.attributes["padding"]["s"] != "VkFMSUQ=":  # "VALID"
        raise ValueError(f"{node.name} has uneven steps or pads its input itself")
    return down


def _add(network: Network, node: Node) -> Tensor:
    given, other = network.tensor(node.inputs[0]), node.inputs[1]
    if other in network.graph.constants:
        bias = network.constant(other).astype(np.float32).reshape(1, -1, 1, 1)
        return _unary(network, node, "Add", network.store(other, bias))
    network.put("Add", [given.name, _alike(network.tensor(other), given, node).name], node.name)
    return replace(given, name=node.name)


def _leaky_relu(network: Network, node: Node) -> Tensor:
    return _unary(network, node, "LeakyRelu", alpha=node.attributes["alpha"]["f"])


def _unary(network: Network, node: Node, op: str, *more: str, **attributes: Any) -> Tensor:
    given = network.tensor(node.inputs[0])
    network.put(op, [given.name, *more], node.name, **attributes)
    return replace(given, name=node.name)


def _concat(network: Network, node: Node) -> Tensor:
    *names, axis = node.inputs
    first, *others = [network.tensor(name) for name in names]
    _require_first(first, node)
    if network.constant(axis).item() != 1:
        raise ValueError(f"{node.name} does not join channels")
    parts = [first, *(_alike(other, first, node) for other in others)]
    network.put("Concat", [part.name for part in parts], node.name, axis=1)
    return replace(first, name=node.name)


def _resize(network: Network, node: Node) -> Tensor:
    """Resize by the ratio instead of to the size that fits one input only."""
    given = network.tensor(node.inputs[0])
    high, wide = network.constant(node.inputs[1]).tolist()
    if high != wide or network.side % high or not node.attributes["half_pixel_centers"]["b"]:
        raise ValueError(f"{node.name} resizes in a way that is not understood")
    stride = network.side // high
    ratio = given.stride / stride
    scales = network.store(f"{node.name}/scales", np.array([1, 1, ratio, ratio], np.float32))
    network.put("Resize", [given.name, "", scales], node.name, mode="linear")
    return replace(given, name=node.name, stride=stride)


def _alike(tensor: Tensor, other: Tensor, node: Node) -> Tensor:
    if replace(tensor, name=other.name) != other:
        raise ValueError(f"{node.name} combines tensors of different shape")
    return tensor


def _require_first(tensor: Tensor, node: Node) -> None:
    if tensor.channels_last or tensor.padding != NO_PADDING:
        raise ValueError(f"{node.name} wants channels first and no padding")


OPERATIONS: Mapping[str, Callable[[Network, Node], Tensor]] = {
    "Add": _add,
    "ConcatV2": _concat,
    "Conv2D": _conv,
    "LeakyRelu": _leaky_relu,
    "MaxPool": _max_pool,
    "Pad": _pad,
    "PadV2": _pad,
    "Placeholder": _image,
    "ResizeBilinear": _resize,
    "Transpose": _transpose,
}
