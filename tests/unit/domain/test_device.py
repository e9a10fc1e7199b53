import pytest

from veil.domain.device import CPU, Device, Provider


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("cpu", CPU),
        ("cuda", Device(Provider.CUDA)),
        ("cuda:1", Device(Provider.CUDA, 1)),
        ("tensorrt", Device(Provider.TENSORRT)),
        ("tensorrt:12", Device(Provider.TENSORRT, 12)),
    ],
)
def test_a_device_is_read_as_it_is_written(text, device):
    assert Device.parse(text) == device


@pytest.mark.parametrize("text", ["", "abacus", "CPU", "cpu:1", "cuda:", "cuda:-1", "cuda:x", "cuda:\u0663", " cuda"])
def test_anything_else_is_none(text):
    with pytest.raises(ValueError, match="choose one of cpu, cuda, tensorrt"):
        Device.parse(text)
