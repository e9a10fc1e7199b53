"""ncnn to ONNX: on layers small enough to be computed by hand."""

import struct

import numpy as np
import pytest

from training.street.ncnn import HALF_PRECISION, read_layers
from training.street.onnx_graph import to_onnx
from veil_vision.models.onnx_runtime import onnxruntime

SIDE = 8
IMAGE = "Input data 0 1 data"


def text_of(*layers):
    return "\n".join(["7767517", f"{len(layers)} {len(layers)}", *layers])


def weights_of(kernel, bias=()):
    """Weights as in the real file: a mark, the kernel in half precision up to four bytes, the bias in single."""
    half = np.asarray(kernel, "<f2").tobytes()
    return struct.pack("<I", HALF_PRECISION) + half + b"\0" * (-len(half) % 4) + np.asarray(bias, "<f4").tobytes()


def run(image, *layers, weights=b"", output="out"):
    model = to_onnx(read_layers(text_of(IMAGE, *layers), weights), {"found": output})
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"data": image})[0]


def image_of(side=SIDE):
    return np.random.default_rng(side).uniform(-1, 1, (1, 3, side, side)).astype(np.float32)


def convolved(image, kernel, step):
    """The sums (outputs, height, width) of a kernel (outputs, channels, 3, 3) at every step, with a margin of 1."""
    wide = np.pad(image[0], ((0, 0), (1, 1), (1, 1)))
    span = range(0, image.shape[2], step)
    windows = np.array([[wide[:, y : y + 3, x : x + 3] for x in span] for y in span])
    return np.einsum("yxchw,ochw->oyx", windows, kernel)


def test_a_convolution_has_its_steps_margin_bias_and_slope():
    kernel = np.random.default_rng(0).integers(-4, 5, (2, 3, 3, 3)) / 4
    layer = "Convolution conv 1 1 data out 0=2 1=3 3=2 4=1 5=1 6=54 9=2 -23310=1,2.5e-01"

    found = run(image_of(), layer, weights=weights_of(kernel, [0.5, -0.5]))

    sums = convolved(image_of(), kernel, 2) + np.array([0.5, -0.5])[:, None, None]
    assert np.allclose(found[0], np.where(sums > 0, sums, sums / 4), atol=1e-5)


def test_a_convolution_by_channel_keeps_channels_apart():
    kernel = np.random.default_rng(1).integers(-4, 5, (3, 1, 3, 3)) / 4
    layer = "ConvolutionDepthWise conv 1 1 data out 0=3 1=3 4=1 6=27 7=3"

    found = run(image_of(), layer, weights=weights_of(kernel))

    each = [convolved(image_of()[:, [at]], kernel[[at]], 1)[0] for at in range(3)]
    assert np.allclose(found[0], each, atol=1e-5)


def test_a_kernel_of_an_odd_number_of_weights_is_followed_by_the_next_at_four_bytes():
    layers = ["Convolution a 1 1 data a 0=1 1=1 6=3", "Convolution b 1 1 a out 0=1 1=1 6=1"]

    found = run(image_of(), *layers, weights=weights_of([0.25, 0.5, 1]) + weights_of([2]))

    assert np.allclose(found[0, 0], 2 * np.einsum("chw,c->hw", image_of()[0], [0.25, 0.5, 1]), atol=1e-5)


def test_channels_are_joined_dealt_out_in_turn_and_cut():
    layers = [
        "Split twice 1 2 data first second",
        "Concat joined 2 1 first second joined",
        "ShuffleChannel dealt 1 1 joined dealt 0=2",
        "Crop cut 1 1 dealt out -23309=1,1 -23310=1,4 -23311=1,0",
    ]

    found = run(image_of(), *layers)

    assert (found[0] == image_of()[0, [0, 1, 1]]).all()


@pytest.mark.parametrize("side", [SIDE, 2 * SIDE])
def test_sizes_are_free_since_resizing_goes_by_ratio(side):
    layers = [
        "Pooling halved 1 1 data halved 0=0 1=2 2=2 3=0 5=1",
        "Interp doubled 1 1 halved doubled 0=2 1=2.0 2=2.0",
        "BinaryOp out 2 1 doubled data out 0=0",
    ]

    found = run(image_of(side), *layers)

    assert found.shape == (1, 3, side, side)
    corner = image_of(side)[0, :, :2, :2].max(axis=(1, 2)) + image_of(side)[0, :, 0, 0]
    assert found[0, :, 0, 0] == pytest.approx(corner)


def test_what_no_output_depends_on_is_left_out():
    assert run(image_of(), "Softmax odd 1 1 data odd", output="data").shape == (1, 3, SIDE, SIDE)


@pytest.mark.parametrize(
    ("layer", "error"),
    [
        ("Softmax out 1 1 data out", KeyError),
        ("Concat out 1 1 data out 0=1", ValueError),
        ("Interp out 1 1 data out 0=1 1=2.0 2=2.0", ValueError),
        ("Pooling out 1 1 data out 0=1 1=2 2=2 5=1", ValueError),
        ("BinaryOp out 1 1 data out 0=2", ValueError),
    ],
    ids=["unknown", "axis", "nearest", "mean", "product"],
)
def test_what_it_does_not_understand_is_refused(layer, error):
    with pytest.raises(error):
        run(image_of(), layer)


@pytest.mark.parametrize(
    ("text", "weights", "message"),
    [
        ("1\n0 0", b"", "no ncnn network"),
        (text_of(IMAGE), b"x", "take 0 bytes, the file has 1"),
        (text_of(IMAGE, "Convolution a 1 1 data a 0=1 1=1 6=3"), bytes(16), "not in half precision"),
    ],
    ids=["other text", "bytes left over", "other numbers"],
)
def test_files_that_are_no_such_network_are_refused(text, weights, message):
    with pytest.raises(ValueError, match=message):
        read_layers(text, weights)
