"""ONNX sessions: prepared for speed, honest about the hardware, safe to share."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

from veil_vision.detect.families import open_detector
from veil_vision.errors import ModelError, ModelMissingError
from veil_vision.models.catalogue import ModelFolder, catalogue, models_dir
from veil_vision.models.device import CPU, Device, Provider
from veil_vision.models.onnx_runtime import onnxruntime
from veil_vision.models.sessions import open_session, providers_for


@pytest.fixture
def network():
    """One 1x1 convolution that doubles, its weights listed among the inputs and its sizes written down."""
    weights = onnx.numpy_helper.from_array(np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1) * 2, "weights")
    image = onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [10, 3, 32, 32])
    listed = onnx.helper.make_tensor_value_info("weights", onnx.TensorProto.FLOAT, [3, 3, 1, 1])
    out = onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [10, 3, 32, 32])
    node = onnx.helper.make_node("Conv", ["image", "weights"], ["out"])
    graph = onnx.helper.make_graph([node], "double", [image, listed], [out], [weights])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (1, 3, 5, 70)])
def test_any_picture_size_runs(network, shape):
    blob = np.random.default_rng(0).random(shape, dtype=np.float32)

    outputs = open_session(network).run(blob)

    assert list(outputs) == ["out"]
    assert np.allclose(outputs["out"], 2 * blob)


def test_a_network_is_opened_when_it_first_runs_and_once_for_all_threads(network, monkeypatch):
    opened = []

    class Counted(onnxruntime.InferenceSession):
        def __init__(self, *args, **kwargs):
            opened.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Counted)
    session = open_session(network)
    assert not opened

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(session.run, [np.ones((1, 3, 32, 32), np.float32)] * 8))

    assert len(opened) == 1


def test_a_session_says_what_runs_it(network):
    assert open_session(network, device=CPU).provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("provider", "name"), [("cuda", "CUDAExecutionProvider"), ("tensorrt", "TensorrtExecutionProvider")]
)
def test_hardware_that_is_absent_is_an_error_and_never_replaced_by_the_cpu(network, provider, name):
    if name in onnxruntime.get_available_providers():
        pytest.skip(f"this machine has {name}")

    with pytest.raises(ModelError, match=name):
        open_session(network, device=Device(Provider(provider)))


@pytest.mark.parametrize("provider", [Provider.CUDA, Provider.TENSORRT])
def test_every_provider_of_a_gpu_is_told_which_one(provider):
    asked = providers_for(Device(provider, 1))

    assert {options["device_id"] for _, options in asked} == {"1"}
    assert asked[-1][0] == "CUDAExecutionProvider"


def test_the_processor_has_no_number():
    assert providers_for(CPU) == [("CPUExecutionProvider", {})]


def test_the_prepared_network_finds_what_the_published_one_finds(face_detector, astronaut):
    """Same weights, same numbers: only the speed may change."""
    card = catalogue()[0]
    published = onnxruntime.InferenceSession(plain(ModelFolder(models_dir(os.environ)).read(card)))
    blob = np.ascontiguousarray(astronaut.transpose(2, 0, 1)[None], dtype=np.float32)

    expected = published.run(["537"], {"input.1": blob})[0]

    found = face_detector._session.run(blob)["537"]
    assert np.abs(found - expected).max() < 1e-3


def plain(model):
    """The network with free sizes and otherwise as published."""
    network = onnx.load_from_string(model)
    for value in [network.graph.input[0], *network.graph.output]:
        for axis, name in ((0, "n"), (2, f"{value.name}h"), (3, f"{value.name}w")):
            value.type.tensor_type.shape.dim[axis].dim_param = name
    return network.SerializeToString()


def test_threads_that_share_a_detector_get_what_one_thread_gets(face_detector, astronaut):
    photos = [np.roll(astronaut, shift, axis=1) for shift in (0, 40, 80, 120)] * 2

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda photo: face_detector.detect(photo, threshold=0.3, long_side=480), photos))

    alone = [face_detector.detect(photo, threshold=0.3, long_side=480) for photo in photos[:4]] * 2
    assert all(np.allclose(a.boxes, b.boxes, atol=0.01) for a, b in zip(together, alone, strict=True))
    assert all(len(found) == 1 for found in together)


def test_a_detector_says_who_it_is(face_detector):
    card = catalogue()[0]

    assert (face_detector.name, face_detector.sha256) == (card.name, card.sha256)
    assert (face_detector.classes, face_detector.default_threshold) == (card.classes, 0.30)
    assert face_detector.provider == "CPUExecutionProvider"


def test_a_detector_without_its_model_says_how_to_get_it(tmp_path):
    with pytest.raises(ModelMissingError, match="veil models pull"):
        open_detector(catalogue()[0], ModelFolder(tmp_path))
