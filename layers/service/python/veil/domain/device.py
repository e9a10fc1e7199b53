"""What pixels are worked on with."""

import re
from dataclasses import dataclass
from enum import StrEnum

_WRITTEN = re.compile(r"(?P<provider>cpu|(?:cuda|tensorrt)(?::(?P<index>[0-9]{1,3}))?)")


class Provider(StrEnum):
    """What runs models."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


@dataclass(frozen=True, slots=True)
class Device:
    """One piece of hardware that models run on.

    Attributes:
        index: Which of several GPUs, as the driver counts them; the processor is one.
    """

    provider: Provider = Provider.CPU
    index: int = 0

    @classmethod
    def parse(cls, text: str) -> "Device":
        """Read `cpu`, `cuda`, `cuda:1`, `tensorrt` or `tensorrt:1`.

        Raises:
            ValueError: It is none of them.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"Unknown device {text}; choose one of cpu, cuda, tensorrt, or a GPU such as cuda:1.")
        return cls(Provider(written["provider"].partition(":")[0]), int(written["index"] or 0))


CPU = Device()
