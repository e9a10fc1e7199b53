"""Open ONNX networks the fast way, on the hardware asked for and no other."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from veil_vision.errors import ModelError
from veil_vision.models.device import CPU, Device, Provider
from veil_vision.models.onnx_runtime import onnxruntime
from veil_vision.models.prepare import prepare

# The convolution search is per input shape, and photos come in all shapes: the heuristic costs nothing per shape.
_CUDA = ("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC"})
_PROVIDERS: Mapping[Provider, list[tuple[str, dict[str, str]]]] = {
    Provider.CPU: [("CPUExecutionProvider", {})],
    Provider.CUDA: [_CUDA],
    Provider.TENSORRT: [("TensorrtExecutionProvider", {}), _CUDA],
}


class Session:
    """One network, ready to run from any number of threads at once. It takes time and memory from its first run on.

    Attributes:
        provider: The ONNX Runtime execution provider that runs it.
    """

    def __init__(self, provider: str, opening: Callable[[], onnxruntime.InferenceSession]) -> None:
        """Take what opens the network."""
        self.provider = provider
        self._opening: Callable[[], onnxruntime.InferenceSession] | None = opening
        self._runtime: onnxruntime.InferenceSession | None = None
        self._lock = Lock()

    def opened(self) -> onnxruntime.InferenceSession:
        """Return the open network, the same for all threads."""
        with self._lock:
            if self._opening is not None:
                # The network's bytes are not needed any more.
                self._runtime, self._opening = self._opening(), None
            return self._runtime

    def run(self, blob: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return every output by name for one input of shape (1, 3, height, width)."""
        runtime = self.opened()
        names = [output.name for output in runtime.get_outputs()]
        (given,) = runtime.get_inputs()
        return dict(zip(names, runtime.run(names, {given.name: blob}), strict=True))


def open_session(model: bytes, *, device: Device = CPU, threads: int = 1) -> Session:
    """Return a session for a network with one image input, whose height and width become free.

    On another device than the processor the network is opened at once, since that may fail.

    Args:
        model: The ONNX file's bytes, already verified.
        device: What must run it.
        threads: Threads one run may use.

    Raises:
        ModelError: This machine lacks the device.
    """
    session = Session(required_provider(device), partial(_opened, model, device, threads))
    if device.provider is not Provider.CPU:
        session.opened()
    return session


def required_provider(device: Device) -> str:
    """Return the name of the execution provider that a device needs. Whether its driver works, only opening tells.

    Raises:
        ModelError: This installation of ONNX Runtime lacks it.
    """
    name = providers_for(device)[0][0]
    if name not in onnxruntime.get_available_providers():
        raise ModelError(f"This installation of ONNX Runtime has no {name}, so models cannot run on {device.provider}")
    return name


def _opened(model: bytes, device: Device, threads: int) -> onnxruntime.InferenceSession:
    wanted = providers_for(device)
    runtime = onnxruntime.InferenceSession(prepare(model), options_for(threads), providers=wanted)
    # ONNX Runtime goes on with the CPU when a driver or library is missing; a report would then be untrue.
    if runtime.get_providers()[0] != wanted[0][0]:
        raise ModelError(f"{wanted[0][0]} is installed but could not start: a driver or library is missing")
    runtime.disable_fallback()
    return runtime


def providers_for(device: Device) -> list[tuple[str, dict[str, str]]]:
    """Return ONNX Runtime's execution providers for the device with their options, the wanted one first."""
    chosen = {} if device.provider is Provider.CPU else {"device_id": str(device.index)}
    return [(name, options | chosen) for name, options in _PROVIDERS[device.provider]]


def options_for(threads: int) -> onnxruntime.SessionOptions:
    """Return how networks are run. What else was tried and helps nothing: `benchmarks.sessions`."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Memory plans are kept per input shape, and photos come in all shapes: without them 150 MB less at equal speed.
    options.enable_mem_pattern = False
    # Waiting threads that spin burn the cores that decoding, rendering and other requests need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; what matters is raised
    return options
