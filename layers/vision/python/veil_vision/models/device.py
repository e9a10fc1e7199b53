"""Where networks run."""

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """What runs networks. TensorRT leaves to CUDA what it cannot do itself."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


@dataclass(frozen=True, slots=True)
class Device:
    """One piece of hardware.

    Attributes:
        index: Which of several GPUs, as CUDA counts them; the processor is one.
    """

    provider: Provider
    index: int = 0


CPU = Device(Provider.CPU)
