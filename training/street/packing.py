"""How weights are stored in few bytes; ONNX Runtime turns them back when it opens the network.

Large kernels become whole numbers, small ones keep the half precision in which they came: the first layers
and the last suffer most from rounding, and are small. What each way costs: README.md.
"""

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from training.street.onnx_graph import Network

# From this many weights on a kernel is stored as whole numbers.
LARGE = 100_000
MOST = 127


def packed(network: Network, name: str, kernel: NDArray[np.float32]) -> str:
    """Put a kernel (out, in, height, width) into the network, and return its name there."""
    return _as_bytes(network, name, kernel) if kernel.size >= LARGE else _as_halves(network, name, kernel)


def _as_halves(network: Network, name: str, kernel: NDArray[np.float32]) -> str:
    return network.put("Cast", [network.store(f"{name}/half", kernel.astype(np.float16))], name, to=TensorProto.FLOAT)


def _as_bytes(network: Network, name: str, kernel: NDArray[np.float32]) -> str:
    """Store whole numbers, and one factor per output channel."""
    factor = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) / MOST
    # A channel of zeros has no largest weight to divide by.
    factor = np.where(factor == 0, 1, factor).astype(np.float32)
    whole = network.store(f"{name}/whole", np.rint(kernel / factor).astype(np.int8))
    number = network.put("Cast", [whole], f"{name}/number", to=TensorProto.FLOAT)
    return network.put("Mul", [number, network.store(f"{name}/factor", factor)], name)
