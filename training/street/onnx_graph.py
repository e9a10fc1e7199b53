"""ncnn layers -> an ONNX network whose sizes are free.

Only what NanoDet-Plus uses is understood; everything else is an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.street.ncnn import Layer

OPSET = 17
IR_VERSION = 8
LEAKY_RELU, NO_ACTIVATION = 2, 0
ADD, MAXIMUM, BILINEAR, CHANNELS = 0, 0, 2, 0


@dataclass(slots=True)
class Network:
    """An ONNX network that grows with every layer put into it.

    Attributes:
        channels: Of each tensor, by name.
    """

    channels: dict[str, int]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    stored: list[onnx.TensorProto] = field(default_factory=list)

    def store(self, name: str, values: NDArray[np.generic]) -> str:
        """Keep constant values under a name, and return the name."""
        self.stored.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append an operation, and return its output's name."""
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def put(self, op: str, inputs: Sequence[str], layer: Layer, channels: int, **attributes: Any) -> None:
        """Append the operation that makes a layer's output, of so many channels."""
        self.channels[self.node(op, inputs, layer.outputs[0], **attributes)] = channels


def to_onnx(layers: Sequence[Layer], outputs: Mapping[str, str]) -> onnx.ModelProto:
    """Return the network from the input layer's tensor to the outputs, given as ncnn's names by ours.

    Raises:
        KeyError: It has a kind of layer that is not understood.
        ValueError: It has such a layer with parameters that are not.
    """
    image, *rest = layers
    network = Network({image.outputs[0]: 3})
    for layer in _before(rest, set(outputs.values())):
        OPERATIONS[layer.op](network, layer)
    for ours, theirs in outputs.items():
        network.node("Identity", [theirs], ours)
    given = helper.make_tensor_value_info(image.outputs[0], TensorProto.FLOAT, [1, 3, "height", "width"])
    found = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None, None]) for name in outputs]
    graph = helper.make_graph(network.nodes, "street", [given], found, network.stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


def _before(layers: Sequence[Layer], ends: set[str]) -> list[Layer]:
    """Return the layers that the tensors at the ends depend on, in their order."""
    wanted, needed = set(ends), list[Layer]()
    for layer in reversed(layers):
        if wanted & set(layer.outputs):
            wanted.update(layer.inputs)
            needed.insert(0, layer)
    return needed


def _conv(network: Network, layer: Layer) -> None:
    """Put a convolution with its activation; kernels stay in half precision, as they came."""
    side, step, margin = layer.whole(1), layer.whole(3, 1), layer.whole(4)
    _require(layer, layer.kernel is not None and layer.whole(11, side) == side and layer.whole(2, 1) == 1)
    kernel = np.asarray(layer.kernel, np.float16).reshape(layer.whole(0), -1, side, side)
    half = network.store(f"{layer.name}/half", kernel)
    inputs = [layer.inputs[0], network.node("Cast", [half], f"{layer.name}/kernel", to=TensorProto.FLOAT)]
    if layer.bias is not None:
        inputs.append(network.store(f"{layer.name}/bias", layer.bias))
    _activated(network, layer, inputs, strides=[step, step], pads=[margin] * 4, group=layer.whole(7, 1))


def _activated(network: Network, layer: Layer, inputs: Sequence[str], **attributes: Any) -> None:
    activation = layer.whole(9)
    _require(layer, activation in (NO_ACTIVATION, LEAKY_RELU))
    if activation == NO_ACTIVATION:
        network.put("Conv", inputs, layer, layer.whole(0), **attributes)
        return
    sums = network.node("Conv", inputs, f"{layer.name}/sums", **attributes)
    (slope,) = layer.arrays[10]
    network.put("LeakyRelu", [sums], layer, layer.whole(0), alpha=slope)


def _max_pool(network: Network, layer: Layer) -> None:
    side, step, margin = layer.whole(1), layer.whole(2, 1), layer.whole(3)
    _require(layer, layer.whole(0) == MAXIMUM and layer.whole(5) == 1)
    window = {"kernel_shape": [side, side], "strides": [step, step], "pads": [margin] * 4}
    network.put("MaxPool", layer.inputs, layer, network.channels[layer.inputs[0]], **window)


def _copies(network: Network, layer: Layer) -> None:
    for output in layer.outputs:
        network.channels[network.node("Identity", layer.inputs, output)] = network.channels[layer.inputs[0]]


def _concat(network: Network, layer: Layer) -> None:
    _require(layer, layer.whole(0) == CHANNELS)
    network.put("Concat", layer.inputs, layer, sum(network.channels[each] for each in layer.inputs), axis=1)


def _shuffle(network: Network, layer: Layer) -> None:
    """Deal the channels out in turn: group by channel becomes channel by group (ShuffleNet, Zhang et al., 2017)."""
    _require(layer, layer.whole(1) == 0)
    count = network.channels[layer.inputs[0]]
    order = np.arange(count, dtype=np.int64).reshape(layer.whole(0, 1), -1).T.reshape(-1)
    network.put("Gather", [layer.inputs[0], network.store(f"{layer.name}/order", order)], layer, count, axis=1)


def _crop(network: Network, layer: Layer) -> None:
    """Put a choice of neighbouring channels."""
    (start,), (end,), (axis,) = (layer.arrays[key] for key in (9, 10, 11))
    _require(layer, axis == CHANNELS)
    stop = min(int(end), network.channels[layer.inputs[0]])
    ends = {"start": int(start), "stop": stop, "axis": 1}
    stored = [network.store(f"{layer.name}/{name}", np.array([at], np.int64)) for name, at in ends.items()]
    network.put("Slice", [layer.inputs[0], *stored], layer, stop - int(start))


def _resize(network: Network, layer: Layer) -> None:
    _require(layer, layer.whole(0) == BILINEAR and layer.whole(6) == 0)
    scales = np.array([1, 1, layer.numbers[1], layer.numbers[2]], np.float32)
    inputs = [layer.inputs[0], "", network.store(f"{layer.name}/scales", scales)]
    network.put("Resize", inputs, layer, network.channels[layer.inputs[0]], mode="linear")


def _add(network: Network, layer: Layer) -> None:
    _require(layer, layer.whole(0) == ADD and layer.whole(1) == 0)
    network.put("Add", layer.inputs, layer, network.channels[layer.inputs[0]])


def _require(layer: Layer, understood: bool) -> None:
    if not understood:
        raise ValueError(f"{layer.name} ({layer.op}) has parameters that are not understood")


OPERATIONS: Mapping[str, Callable[[Network, Layer], None]] = {
    "BinaryOp": _add,
    "Concat": _concat,
    "Convolution": _conv,
    "ConvolutionDepthWise": _conv,
    "Crop": _crop,
    "Interp": _resize,
    "Pooling": _max_pool,
    "ShuffleChannel": _shuffle,
    "Split": _copies,
}
