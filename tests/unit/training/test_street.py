"""TensorFlow.js to ONNX: on a graph small enough to be computed by hand."""

import json

import numpy as np
import pytest

from training.street.onnx_graph import Network, to_onnx
from training.street.packing import LARGE, packed
from training.street.tfjs import read_graph
from veil_vision.models.onnx_runtime import onnxruntime

SIDE = 8
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
ONCE, TWICE = ({"list": {"i": ["1", step, step, "1"]}} for step in "12")
VALID = {"s": "VkFMSUQ="}


def node(name, op, *inputs, **attributes):
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


def conv(name, *inputs, strides=ONCE, padding=VALID):
    return node(name, "Conv2D", *inputs, strides=strides, padding=padding)


def read(nodes, constants):
    """The graph of these nodes and constants; floats are stored in half precision, as in the real file."""
    manifest, data = [], b""
    for name, value in constants.items():
        array = np.array(value)
        halved = array.dtype.kind == "f"
        entry = {"name": name, "shape": list(array.shape), "dtype": "float32" if halved else "int32"}
        manifest.append(entry | ({"quantization": {"dtype": "float16"}} if halved else {}))
        data += array.astype("<f2" if halved else "<i4").tobytes()
    document = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": manifest}]}
    return read_graph(json.dumps(document).encode(), data)


def run(graph, image, output="out"):
    model = to_onnx(Network(graph, SIDE, packed), "image", {"found": output})
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"image": image})[0]


def image_of(side=SIDE):
    return np.random.default_rng(side).uniform(-1, 1, (1, 3, side, side)).astype(np.float32)


IMAGE = node("image", "Placeholder")
PERMUTATIONS = {"last": TO_LAST, "first": TO_FIRST}


def test_a_padded_convolution_between_two_transpositions_is_one_convolution():
    kernel = np.random.default_rng(0).integers(-4, 5, (3, 3, 3, 2)) / 4
    nodes = [
        IMAGE,
        node("padded", "Pad", "image", "margins"),
        node("as_last", "Transpose", "padded", "last"),
        conv("convolved", "as_last", "kernel", strides=TWICE),
        node("shifted", "Add", "convolved", "bias"),
        node("as_first", "Transpose", "shifted", "first"),
        node("out", "LeakyRelu", "as_first", alpha={"f": 0.25}),
    ]
    margins = [[0, 0], [0, 0], [1, 1], [1, 1]]
    graph = read(nodes, {"kernel": kernel, "bias": [0.5, -0.5], "margins": margins, **PERMUTATIONS})
    image = image_of()

    found = run(graph, image)

    wide = np.pad(image[0], ((0, 0), (1, 1), (1, 1))).transpose(1, 2, 0)
    windows = [[wide[y : y + 3, x : x + 3] for x in range(0, SIDE, 2)] for y in range(0, SIDE, 2)]
    sums = np.einsum("yxhwi,hwio->oyx", np.array(windows), kernel) + np.array([0.5, -0.5])[:, None, None]
    assert np.allclose(found[0], np.where(sums > 0, sums, sums / 4), atol=1e-5)


def test_a_network_for_one_size_works_for_others_since_it_resizes_by_ratio():
    nodes = [
        IMAGE,
        node("as_last", "Transpose", "image", "last"),
        node("halved", "MaxPool", "as_last", ksize=TWICE, strides=TWICE, padding=VALID),
        node("resized", "ResizeBilinear", "halved", "size", half_pixel_centers={"b": True}),
        node("back", "Transpose", "resized", "first"),
        node("out", "ConcatV2", "back", "image", "axis"),
    ]
    graph = read(nodes, {"size": [SIDE, SIDE], "axis": 1, **PERMUTATIONS})

    found = run(graph, image_of(2 * SIDE))

    assert found.shape == (1, 6, 2 * SIDE, 2 * SIDE)
    assert found[0, :3, 0, 0] == pytest.approx(image_of(2 * SIDE)[0, :, :2, :2].max(axis=(1, 2)))
    assert (found[:, 3:] == image_of(2 * SIDE)).all()


@pytest.mark.parametrize("outputs", [32, LARGE // 64], ids=["small", "large"])
def test_stored_kernels_differ_from_their_weights_by_half_a_step_at_most(outputs):
    kernel = np.random.default_rng(outputs).normal(size=(8, 8, 3, outputs)).astype(np.float16)
    nodes = [IMAGE, node("as_last", "Transpose", "image", "last"), conv("out", "as_last", "kernel")]
    image = np.zeros((1, 3, SIDE, SIDE), np.float32)
    image[0, 1, 2, 5] = 1

    found = run(read(nodes, {"kernel": kernel, **PERMUTATIONS}), image)

    step = np.abs(kernel.astype(np.float32)).max(axis=(0, 1, 2)) / 127
    worst = np.abs(found[0, :, 0, 0] - kernel[2, 5, 1].astype(np.float32)) / step
    assert worst.max() <= (0.5 if kernel.size >= LARGE else 0) + 1e-4


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        (node("out", "Softmax", "image"), KeyError),
        (node("out", "Transpose", "image", "first"), ValueError),
        (node("out", "ConcatV2", "image", "image", "size"), ValueError),
        (node("out", "ResizeBilinear", "image", "uneven", half_pixel_centers={"b": True}), ValueError),
        (conv("out", "image", "kernel", padding={"s": "U0FNRQ=="}), ValueError),
    ],
    ids=["unknown", "order", "axis", "resize", "own padding"],
)
def test_what_it_does_not_understand_is_refused(operation, error):
    constants = {"kernel": np.zeros((1, 1, 3, 1)), "size": 2, "uneven": [3, 3], **PERMUTATIONS}

    with pytest.raises(error):
        run(read([IMAGE, operation], constants), image_of())


def test_a_file_with_bytes_left_over_is_refused():
    with pytest.raises(ValueError, match="take 0 bytes, the file has 1"):
        read_graph(b'{"modelTopology": {"node": []}, "weightsManifest": []}', b"x")
