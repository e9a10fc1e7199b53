"""Read a TensorFlow.js graph model: a TensorFlow graph as JSON, its constants in one binary file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Constant = NDArray[np.float32] | NDArray[np.int32]
# Quantized floats are stored as half precision; the format's other ways do not occur here.
STORED: Mapping[str, np.dtype[Any]] = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4"), "float16": np.dtype("<f2")}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        name: Of the operation and of its only output.
        op: TensorFlow's name of the kind.
        inputs: Names of the operations that feed it.
        attributes: As TensorFlow writes them to JSON.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def numbers(self, attribute: str) -> list[int]:
        """Return a list of integers."""
        return [int(number) for number in self.attributes[attribute]["list"]["i"]]


@dataclass(frozen=True, slots=True)
class Graph:
    """All operations and constants, by name."""

    nodes: Mapping[str, Node]
    constants: Mapping[str, Constant]


def read_graph(model: bytes, weights: bytes) -> Graph:
    """Return the graph of `model.json` with the constants of its binary file."""
    document = json.loads(model)
    nodes = [
        Node(entry["name"], entry["op"], tuple(entry.get("input", ())), entry.get("attr", {}))
        for entry in document["modelTopology"]["node"]
    ]
    return Graph({node.name: node for node in nodes}, dict(_constants(document, weights)))


def _constants(document: Mapping[str, Any], weights: bytes) -> Iterator[tuple[str, Constant]]:
    """Yield each constant's name and value; they lie one after the other without gaps.

    Raises:
        ValueError: The file is longer than its constants.
    """
    start = 0
    for entry in (entry for group in document["weightsManifest"] for entry in group["weights"]):
        stored = STORED[entry.get("quantization", entry)["dtype"]]
        values = np.frombuffer(weights, stored, prod(entry["shape"]), start)
        start += values.nbytes
        yield entry["name"], values.reshape(entry["shape"]).astype(STORED[entry["dtype"]])
    if start != len(weights):
        raise ValueError(f"The constants take {start} bytes, the file has {len(weights)}")
