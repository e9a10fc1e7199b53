"""Read an ncnn network: its layers as text (`.param`), their weights in one binary file (`.bin`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MAGIC = "7767517"
# What stands before weights in half precision; other ways to pack them do not occur here.
HALF_PRECISION = 0x01306B47
# Keys of arrays are written as this minus the key.
FIRST_ARRAY = -23300
WEIGHTED = ("Convolution", "ConvolutionDepthWise")


@dataclass(frozen=True, slots=True)
class Layer:
    """One operation.

    Attributes:
        op: ncnn's name of the kind.
        name: Of the operation.
        inputs: Names of the tensors that feed it.
        outputs: Names of the tensors it makes.
        numbers: Its parameters by key; which key means what: ncnn's documentation, operation-param-weight-table.
        arrays: Those that are lists.
        kernel: float32, flat; None where it has no weights.
        bias: float32 (outputs,); None where it has none.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numbers: Mapping[int, float]
    arrays: Mapping[int, tuple[float, ...]]
    kernel: NDArray[np.float32] | None = field(default=None)
    bias: NDArray[np.float32] | None = field(default=None)

    def whole(self, key: int, default: int = 0) -> int:
        """Return a parameter that is a whole number."""
        return int(self.numbers.get(key, default))


def read_layers(text: str, weights: bytes) -> list[Layer]:
    """Return the layers in the order in which they are computed, with their weights.

    Raises:
        ValueError: The text is no ncnn network, or the weights are longer or shorter than it says.
    """
    magic, _, *lines = text.splitlines()
    if magic != MAGIC:
        raise ValueError("This is no ncnn network in text form")
    return list(_with_weights([_layer(line) for line in lines], weights))


def _layer(line: str) -> Layer:
    op, name, count_in, count_out, *rest = line.split()
    inputs, outputs = int(count_in), int(count_out)
    parameters = [entry.split("=") for entry in rest[inputs + outputs :]]
    return Layer(
        op,
        name,
        tuple(rest[:inputs]),
        tuple(rest[inputs : inputs + outputs]),
        {int(key): float(value) for key, value in parameters if int(key) > FIRST_ARRAY},
        {FIRST_ARRAY - int(key): _numbers(value) for key, value in parameters if int(key) <= FIRST_ARRAY},
    )


def _numbers(value: str) -> tuple[float, ...]:
    """Return a list that is written with its length before it."""
    _length, *entries = value.split(",")
    return tuple(map(float, entries))


def _with_weights(layers: Sequence[Layer], weights: bytes) -> Iterator[Layer]:
    start = 0
    for layer in layers:
        if layer.op in WEIGHTED:
            layer, start = _weighted(layer, weights, start)
        yield layer
    if start != len(weights):
        raise ValueError(f"The weights take {start} bytes, the file has {len(weights)}")


def _weighted(layer: Layer, weights: bytes, start: int) -> tuple[Layer, int]:
    """Return the layer with its kernel and bias, and where the next one's begin: at a multiple of four bytes."""
    (packing,) = np.frombuffer(weights, "<u4", 1, start)
    if packing != HALF_PRECISION:
        raise ValueError(f"The weights of {layer.name} are not in half precision")
    kernel = np.frombuffer(weights, "<f2", layer.whole(6), start + 4)
    start += 4 + (kernel.nbytes + 3) // 4 * 4
    bias = np.frombuffer(weights, "<f4", layer.whole(0) if layer.whole(5) else 0, start)
    complete = Layer(
        layer.op,
        layer.name,
        layer.inputs,
        layer.outputs,
        layer.numbers,
        layer.arrays,
        kernel.astype(np.float32),
        bias if bias.size else None,
    )
    return complete, start + bias.nbytes
