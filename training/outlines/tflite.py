"""Read the graph of a TensorFlow Lite file: its operators, its tensors and their numbers.

Slot and code numbers are those of TensorFlow's `tensorflow/lite/schema/schema.fbs`, version 3. Only what quantized
convolutional networks need is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from training.outlines.flatbuffers import Table, root

IDENTIFIER = b"TFL3"
# The schema's TensorType.
TYPES: Mapping[int, str] = {0: "<f4", 2: "<i4", 3: "u1", 4: "<i8"}


class Operation(IntEnum):
    """The schema's BuiltinOperator, as far as it is known here."""

    ADD = 0
    AVERAGE_POOL_2D = 1
    CONCATENATION = 2
    CONV_2D = 3
    DEPTHWISE_CONV_2D = 4
    RESIZE_BILINEAR = 23
    ARG_MAX = 56
    QUANTIZE = 114


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """One tensor of the graph.

    Attributes:
        shape: As written down, channels last.
        stored: Its numbers as stored; None for what is computed.
        scale: See `numbers`.
        zero_point: See `numbers`.
    """

    shape: tuple[int, ...]
    stored: NDArray[np.generic] | None
    scale: float
    zero_point: int

    @property
    def constant(self) -> NDArray[np.generic]:
        """Its numbers as stored.

        Raises:
            ValueError: Nothing is stored.
        """
        if self.stored is None:
            raise ValueError("A tensor that should be constant is computed.")
        return self.stored

    @property
    def numbers(self) -> NDArray[np.float32]:
        """What the stored numbers q mean: scale * (q - zero_point).

        Raises:
            ValueError: Nothing is stored.
        """
        return np.asarray((self.constant.astype(np.float64) - self.zero_point) * self.scale, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of the graph; inputs and outputs are indices of tensors."""

    operation: Operation
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network; inputs are indices of tensors."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]


def read_graph(data: bytes) -> Graph:
    """Return the first graph of a file.

    Raises:
        ValueError: This is no such file, or it needs something that is not known here.
    """
    if data[4:8] != IDENTIFIER:
        raise ValueError("This is not a TensorFlow Lite file.")
    model = root(data)
    graph = model.tables(2)[0]
    codes, buffers = model.tables(1), model.tables(4)
    return Graph(
        tuple(_tensor(each, buffers) for each in graph.tables(0)),
        tuple(_operator(each, codes) for each in graph.tables(3)),
        graph.numbers(1, "i"),
    )


def _tensor(table: Table, buffers: Sequence[Table]) -> Tensor:
    shape, kind, quantization = table.numbers(0, "i"), table.byte(1), table.table(4)
    if kind not in TYPES:
        raise ValueError(f"A tensor has a type that is not known here: {kind}.")
    scales, zero_points = (quantization.numbers(2, "f"), quantization.numbers(3, "q")) if quantization else ((), ())
    if len(scales) > 1:
        raise ValueError("Numbers that are quantized by channel are not known here.")
    raw = buffers[table.integer(2)].raw(0)
    stored = np.frombuffer(raw, TYPES[kind]).reshape(shape) if raw else None
    return Tensor(shape, stored, scales[0] if scales else 1.0, zero_points[0] if zero_points else 0)


def _operator(table: Table, codes: Sequence[Table]) -> Operator:
    code = codes[table.integer(0)]
    # Codes beyond a byte stand in a newer field; older files leave that out.
    number = max(code.byte(0), code.integer(3))
    if number not in list(Operation):
        raise ValueError(f"The network has an operation that is not known here: {number}.")
    return Operator(Operation(number), table.numbers(1, "i"), table.numbers(2, "i"), table.table(4))
