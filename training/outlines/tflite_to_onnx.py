"""Write a quantized TensorFlow Lite segmentation network as a floating-point ONNX network of any size.

Weights stay as they were stored, in bytes, with what makes of them the numbers they mean: ONNX Runtime does that once,
when it opens the network. Results differ from the original's by its rounding of what is computed and by nothing else.
Images are channels first in ONNX, channels last in TensorFlow Lite.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from training.outlines.flatbuffers import Table
from training.outlines.tflite import Graph, Operation, Operator, Tensor, read_graph

OPSET, IR_VERSION = 13, 8
IMAGE, LOGITS = "image", "logits"
# The schema's Padding and ActivationFunctionType.
SAME = 0
ACTIVATIONS: Mapping[int, tuple[str, tuple[float, ...]]] = {0: ("Identity", ()), 1: ("Relu", ()), 3: ("Clip", (0, 6))}


def to_onnx(data: bytes) -> bytes:
    """Return the network up to its last convolution, whose result it names "logits": (1, classes, rows, columns).

    It reads "image", float32 (1, 3, height, width), 0 to 255. Both sides are multiples of 32 plus one, as in the
    original: there the padding of a convolution is the same on both sides, as it is written here.

    Args:
        data: A TensorFlow Lite file.

    Raises:
        ValueError: The network has something that is not known here.
    """
    graph = read_graph(data)
    last = max(index for index, each in enumerate(graph.operators) if each.operation is Operation.CONV_2D)
    translation = _Translation(graph)
    for operator in graph.operators[: last + 1]:
        translation.add(operator)
    return translation.network(graph.operators[last].outputs[0])


class _Translation:
    """The nodes and constants written so far."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._writers: Mapping[Operation, Callable[[Operator], None]] = {
            Operation.ADD: self._add,
            Operation.AVERAGE_POOL_2D: self._mean,
            Operation.CONCATENATION: self._concatenate,
            Operation.CONV_2D: self._convolution,
            Operation.DEPTHWISE_CONV_2D: self._convolution_by_channel,
            Operation.QUANTIZE: self._same,
            Operation.RESIZE_BILINEAR: self._spread,
        }
        self._pooled = IMAGE
        self._read_image(graph.inputs[0])

    def add(self, operator: Operator) -> None:
        """Write one step of the graph."""
        if operator.operation not in self._writers:
            raise ValueError(f"The network has a step that is not known here: {operator.operation.name}.")
        self._writers[operator.operation](operator)

    def network(self, output: int) -> bytes:
        """Return what was written, ending with the given tensor."""
        self._node("Identity", [_name(output)], LOGITS)
        image = make_tensor_value_info(IMAGE, onnx.TensorProto.FLOAT, [1, 3, "height", "width"])
        logits = make_tensor_value_info(LOGITS, onnx.TensorProto.FLOAT, None)
        graph = make_graph(self._nodes, "segmenter", [image], [logits], self._constants)
        model = make_model(graph, opset_imports=[make_opsetid("", OPSET)], ir_version=IR_VERSION)
        return bytes(model.SerializeToString())

    def _read_image(self, tensor: int) -> None:
        given = self._graph.tensors[tensor]
        zero_point = self._constant(np.array(given.zero_point, np.float32))
        scale = self._constant(np.array(given.scale, np.float32))
        self._node("Sub", [IMAGE, zero_point], "centred")
        self._node("Mul", ["centred", scale], _name(tensor))

    def _convolution(self, operator: Operator) -> None:
        self._convolve(operator, (0, 3, 1, 2), by_channel=False, slots=(4, 5, 3))

    def _convolution_by_channel(self, operator: Operator) -> None:
        self._convolve(operator, (3, 0, 1, 2), by_channel=True, slots=(5, 6, 4))

    def _convolve(
        self, operator: Operator, axes: tuple[int, ...], *, by_channel: bool, slots: tuple[int, int, int]
    ) -> None:
        """Write a convolution.

        Args:
            operator: It, as it was read.
            axes: Of its weights, in ONNX's order.
            by_channel: Whether each channel has weights of its own.
            slots: Of the dilations, across and down, and of the activation.
        """
        options, (_, second, third) = _options(operator), operator.inputs
        stored, bias = self._graph.tensors[second], self._graph.tensors[third].numbers
        weights = stored.constant.transpose(axes)
        if options.byte(0) != SAME:
            raise ValueError("A convolution without padding is not known here.")
        across, down, activation = slots
        dilations = [max(options.integer(slot), 1) for slot in (down, across)]
        pads = [step * (side - 1) // 2 for step, side in zip(dilations, weights.shape[2:], strict=True)]
        strides = [options.integer(2), options.integer(1)]
        inputs = [_name(operator.inputs[0]), self._meant(stored, weights), self._constant(bias)]
        groups = len(weights) if by_channel else 1
        self._node("Conv", inputs, "", group=groups, strides=strides, dilations=dilations, pads=pads * 2)
        self._activate(options.byte(activation), operator.outputs[0])

    def _add(self, operator: Operator) -> None:
        self._node("Add", [_name(each) for each in operator.inputs], "")
        self._activate(_options(operator).byte(0), operator.outputs[0])

    def _concatenate(self, operator: Operator) -> None:
        self._node("Concat", [_name(each) for each in operator.inputs], _name(operator.outputs[0]), axis=1)

    def _same(self, operator: Operator) -> None:
        self._node("Identity", [_name(operator.inputs[0])], _name(operator.outputs[0]))

    def _mean(self, operator: Operator) -> None:
        options, (_, rows, columns, _) = _options(operator), self._graph.tensors[operator.inputs[0]].shape
        if (options.integer(4), options.integer(3)) != (rows, columns):
            raise ValueError("A mean of part of a picture is not known here.")
        self._pooled = _name(operator.inputs[0])
        self._node("GlobalAveragePool", [self._pooled], _name(operator.outputs[0]))

    def _spread(self, operator: Operator) -> None:
        """Write that a mean is repeated for every place it is the mean of."""
        if self._graph.tensors[operator.inputs[0]].shape[1:3] != (1, 1):
            raise ValueError("Resizing a picture is not known here.")
        self._node("Shape", [self._pooled], "pooled_shape")
        self._node("Gather", ["pooled_shape", self._constant(np.array([2, 3]))], "pooled_sides")
        self._node("Concat", [self._constant(np.array([1, 1])), "pooled_sides"], "spread_shape", axis=0)
        self._node("Expand", [_name(operator.inputs[0]), "spread_shape"], _name(operator.outputs[0]))

    def _activate(self, activation: int, output: int) -> None:
        """Write what comes behind the last node, which has no name for its result yet."""
        if activation not in ACTIVATIONS:
            raise ValueError(f"The network has an activation that is not known here: {activation}.")
        kind, limits = ACTIVATIONS[activation]
        raw = f"{_name(output)}_raw"
        self._nodes[-1].output[0] = raw
        self._node(kind, [raw, *(self._constant(np.array(limit, np.float32)) for limit in limits)], _name(output))

    def _meant(self, tensor: Tensor, stored: NDArray[np.generic]) -> str:
        """Write stored numbers and what they mean: scale * (q - zero_point)."""
        name = self._constant(stored)
        self._node("Cast", [name], f"{name}_cast", to=onnx.TensorProto.FLOAT)
        self._node("Sub", [f"{name}_cast", self._constant(np.array(tensor.zero_point, np.float32))], f"{name}_centred")
        self._node("Mul", [f"{name}_centred", self._constant(np.array(tensor.scale, np.float32))], f"{name}_meant")
        return f"{name}_meant"

    def _constant(self, numbers: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(numbers), name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        self._nodes.append(make_node(kind, inputs, [output], **attributes))


def _name(tensor: int) -> str:
    return f"tensor_{tensor}"


def _options(operator: Operator) -> Table:
    if operator.options is None:
        raise ValueError(f"A step lacks its options: {operator.operation.name}.")
    return operator.options
